namespace Proa.Scheduler.Filters;

/// <summary>All rules, in the order in which they are asked: a node is rejected by the first that objects.</summary>
internal static class FilterList
{
    public static readonly IReadOnlyList<IFilter> All =
    [
        new NodeUnschedulableFilter(),
        new NodeNameFilter(),
        new TaintTolerationFilter(),
        new NodeAffinityFilter(),
        new NodePortsFilter(),
        new NodeResourcesFitFilter(),
        new VolumeBindingFilter(),
        new PodTopologySpreadFilter(),
        new InterPodAffinityFilter(),
    ];
}

using Proa.Scheduler.Filters;

namespace Proa.Scheduler.Core;

/// <summary>All rules, made ready for one pod in one state of the cluster.</summary>
internal sealed class NodeFilters
{
    private readonly List<(IFilter Filter, INodeFilter OfPod)> _filters = [];

    public NodeFilters(PodInfo pod, ClusterSnapshot cluster)
    {
        foreach (var filter in FilterList.All)
        {
            if (filter is INarrowingFilter narrowing && narrowing.Narrow(pod) is { } names)
            {
                Only = names;
                Absent = new Rejection($"node(s) didn't satisfy plugin(s) [{filter.Name}]", resolvable: false);
            }
            if (filter.Prepare(pod, cluster) is { } prepared)
            {
                _filters.Add((filter, prepared));
            }
        }
    }

    /// <summary>The only nodes that come into question; null: all.</summary>
    public HashSet<string>? Only { get; }

    /// <summary>Why nodes that do not come into question will not do.</summary>
    public Rejection? Absent { get; }

    /// <returns>The first objection, and what could change it; null: the node will do.</returns>
    public (Rejection Why, ClusterChange Helps)? Check(NodeInfo node)
    {
        foreach (var (filter, ofPod) in _filters)
        {
            if (ofPod.Check(node) is { } rejection)
            {
                return (rejection, filter.Helps);
            }
        }
        return null;
    }
}

using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>The pod's nodeSelector and required node affinity.</summary>
internal sealed class NodeAffinityFilter : IFilter, IPodFilter, INarrowingFilter
{
    public string Name => "NodeAffinity";

    public ClusterChange Helps => ClusterChange.None;

    public string? Refuse(PodInfo pod, ClusterSnapshot cluster) =>
        pod.RequiredNodes?.Names() is { Count: 0 } ? "pod affinity terms conflict" : null;

    public HashSet<string>? Narrow(PodInfo pod) => pod.RequiredNodes?.Names();

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) =>
        pod.RequiredNodes is { } required ? new Matching(required) : null;

    private sealed class Matching(NodeMatcher required) : INodeFilter
    {
        private static readonly Rejection s_rejection = new("node(s) didn't match Pod's node affinity/selector", resolvable: false);

        public Rejection? Check(NodeInfo node) => required.Matches(node) ? null : s_rejection;
    }
}

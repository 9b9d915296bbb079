using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>A pod that names its node goes there or nowhere.</summary>
internal sealed class NodeNameFilter : IFilter
{
    public string Name => "NodeName";

    public ClusterChange Helps => ClusterChange.None;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) =>
        string.IsNullOrEmpty(pod.Pod.Spec.NodeName) ? null : new Named(pod.Pod.Spec.NodeName);

    private sealed class Named(string name) : INodeFilter
    {
        private static readonly Rejection s_rejection = new("node(s) didn't match the requested node name", resolvable: false);

        public Rejection? Check(NodeInfo node) => node.Name == name ? null : s_rejection;
    }
}

using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>A cordoned node takes only pods that tolerate that.</summary>
internal sealed class NodeUnschedulableFilter : IFilter
{
    private static readonly Taint s_cordoned = new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" };

    public string Name => "NodeUnschedulable";

    public ClusterChange Helps => ClusterChange.None;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) =>
        Taints.Tolerated(s_cordoned, pod.Tolerations) ? null : Cordoned.Instance;

    private sealed class Cordoned : INodeFilter
    {
        public static readonly Cordoned Instance = new();

        private static readonly Rejection s_rejection = new("node(s) were unschedulable", resolvable: false);

        public Rejection? Check(NodeInfo node) => node.Unschedulable ? s_rejection : null;
    }
}

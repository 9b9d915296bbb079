using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>A taint with effect NoSchedule or NoExecute keeps pods away that do not tolerate it.</summary>
internal sealed class TaintTolerationFilter : IFilter
{
    public string Name => "TaintToleration";

    public ClusterChange Helps => ClusterChange.None;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) => new Tainted(pod.Tolerations);

    private sealed class Tainted(IReadOnlyList<Toleration> tolerations) : INodeFilter
    {
        private static readonly Rejection s_rejection = new("node(s) had untolerated taint(s)", resolvable: false);

        public Rejection? Check(NodeInfo node) => Taints.KeepAway(node.Taints, tolerations) ? s_rejection : null;
    }
}

using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>What the pod requests must be left of what the node has, and the node must not have too many pods already.</summary>
internal sealed class NodeResourcesFitFilter : IFilter
{
    public string Name => "NodeResourcesFit";

    public ClusterChange Helps => ClusterChange.PodGone;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) => new Fit(pod.Requests);

    private sealed class Fit(ResourceAmounts wanted) : INodeFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            var (has, used) = (node.Allocatable, node.Requested);
            if (node.Pods.Length + 1 <= node.AllowedPods
                && Enough(wanted.MilliCpu, has.MilliCpu, used.MilliCpu)
                && Enough(wanted.Memory, has.Memory, used.Memory)
                && Enough(wanted.EphemeralStorage, has.EphemeralStorage, used.EphemeralStorage)
                && wanted.Others.Length == 0)
            {
                return null;
            }
            return Explain(node);
        }

        private static bool Enough(long wanted, long has, long used) => wanted == 0 || wanted <= has - used;

        private Rejection? Explain(NodeInfo node)
        {
            var reasons = new List<string>();
            var resolvable = true;
            if (node.Pods.Length + 1 > node.AllowedPods)
            {
                reasons.Add("Too many pods");
            }
            Require("cpu", wanted.MilliCpu, node.Allocatable.MilliCpu, node.Requested.MilliCpu);
            Require("memory", wanted.Memory, node.Allocatable.Memory, node.Requested.Memory);
            Require("ephemeral-storage", wanted.EphemeralStorage, node.Allocatable.EphemeralStorage, node.Requested.EphemeralStorage);
            foreach (var (name, amount) in wanted.Others)
            {
                Require(name, amount, node.Allocatable.Other(name), node.Requested.Other(name));
            }
            return reasons.Count == 0 ? null : new Rejection(reasons, resolvable);

            void Require(string name, long amount, long has, long used)
            {
                if (!Enough(amount, has, used))
                {
                    reasons.Add($"Insufficient {name}");
                    // More than the node has at all is not there with every pod gone either.
                    resolvable &= amount <= has;
                }
            }
        }
    }
}

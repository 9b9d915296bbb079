using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>Two pods of one node cannot take the same port of the node.</summary>
internal sealed class NodePortsFilter : IFilter
{
    public string Name => "NodePorts";

    public ClusterChange Helps => ClusterChange.PodGone;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) => pod.HostPorts.Length == 0 ? null : new Free(pod.HostPorts);

    private sealed class Free(HostPort[] wanted) : INodeFilter
    {
        private static readonly Rejection s_rejection = new("node(s) didn't have free ports for the requested pod ports", resolvable: true);

        public Rejection? Check(NodeInfo node)
        {
            foreach (var used in node.UsedPorts)
            {
                foreach (var port in wanted)
                {
                    if (port.ConflictsWith(used))
                    {
                        return s_rejection;
                    }
                }
            }
            return null;
        }
    }
}

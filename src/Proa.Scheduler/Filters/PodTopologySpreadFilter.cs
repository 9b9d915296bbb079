using Proa.Scheduler.Core;

namespace Proa.Scheduler.Filters;

/// <summary>
/// Hard topology spread: with the pod in it, no domain may have more matching pods than the emptiest has and the allowed skew.
/// https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
/// </summary>
internal sealed class PodTopologySpreadFilter : IFilter
{
    public string Name => "PodTopologySpread";

    public ClusterChange Helps => ClusterChange.PodGone | ClusterChange.PodPlaced;

    public INodeFilter? Prepare(PodInfo pod, ClusterSnapshot cluster) => pod.HardSpread.Length == 0 ? null : new Spread(pod, cluster);

    private sealed class Spread : INodeFilter
    {
        private static readonly Rejection s_skewed = new("node(s) didn't match pod topology spread constraints", resolvable: true);
        private static readonly Rejection s_unlabelled = new("node(s) didn't match pod topology spread constraints (missing required label)", resolvable: false);

        private readonly PodInfo _pod;
        private readonly Dictionary<string, int>[] _counts;
        private readonly int[] _fewest;

        public Spread(PodInfo pod, ClusterSnapshot cluster)
        {
            _pod = pod;
            _counts = [.. pod.HardSpread.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
            foreach (var node in cluster.Nodes)
            {
                if (SpreadConstraint.HasAllKeys(pod.HardSpread, node))
                {
                    Count(node);
                }
            }
            _fewest = [.. pod.HardSpread.Select(Fewest)];
        }

        public Rejection? Check(NodeInfo node)
        {
            for (var i = 0; i < _counts.Length; i++)
            {
                var constraint = _pod.HardSpread[i];
                if (!node.Labels.TryGetValue(constraint.TopologyKey, out var domain))
                {
                    return s_unlabelled;
                }
                var self = constraint.Counts(_pod) ? 1 : 0;
                if (_counts[i].GetValueOrDefault(domain) + self - _fewest[i] > constraint.MaxSkew)
                {
                    return s_skewed;
                }
            }
            return null;
        }

        private void Count(NodeInfo node)
        {
            for (var i = 0; i < _counts.Length; i++)
            {
                var constraint = _pod.HardSpread[i];
                if (constraint.Includes(_pod, node))
                {
                    var domain = node.Labels[constraint.TopologyKey];
                    _counts[i][domain] = _counts[i].GetValueOrDefault(domain) + constraint.CountOn(node, _pod.Namespace);
                }
            }
        }

        // Fewer domains than asked for: the missing ones count as empty.
        private int Fewest(SpreadConstraint constraint, int index) =>
            _counts[index].Count < constraint.MinDomains ? 0 : _counts[index].Values.DefaultIfEmpty(0).Min();
    }
}

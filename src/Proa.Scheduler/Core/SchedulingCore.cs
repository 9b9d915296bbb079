using Proa.Scheduler.Filters;
using Proa.Scheduler.Scores;

namespace Proa.Scheduler.Core;

/// <summary>
/// Decides where a pod goes: asks each rule about each node, and each preference about the nodes that are left. Pure but for
/// the random source, which breaks ties.
/// </summary>
internal sealed class SchedulingCore(Random random)
{
    /// <summary>Up to here all nodes are compared; in larger clusters finding a part of them that will do is enough.</summary>
    private const int AlwaysCompared = 100;

    private int _start;

    public Decision Schedule(PodInfo pod, ClusterSnapshot cluster)
    {
        var nodes = cluster.Nodes;
        if (nodes.Count == 0)
        {
            return new Decision { Message = FitError.NoNodes, RetryAfter = ClusterChange.Nodes };
        }
        foreach (var filter in FilterList.All)
        {
            if (filter is IPodFilter ofPod && ofPod.Refuse(pod, cluster) is { } why)
            {
                return new Decision { Message = FitError.Refused(nodes.Count, why), RetryAfter = filter.Helps | ClusterChange.Nodes };
            }
        }
        var search = new Search(pod, cluster);
        search.Run(_start, Enough(nodes.Count));
        if (search.Feasible.Count == 0)
        {
            return new Decision
            {
                Message = FitError.Rejected(cluster, pod, search.Rejections, search.Absent),
                RetryAfter = search.RetryAfter | ClusterChange.Nodes,
            };
        }
        // The next search begins where this one ended, so that all nodes get their turn.
        _start = (_start + search.Asked) % nodes.Count;
        return new Decision { Node = Choose(pod, cluster, search.Feasible).Name };
    }

    /// <summary>How many nodes that will do are enough: a smaller part the larger the cluster, as in the original.</summary>
    private static int Enough(int nodes)
    {
        if (nodes <= AlwaysCompared)
        {
            return nodes;
        }
        var percent = Math.Max(5, 50 - (nodes / 125));
        return Math.Max(AlwaysCompared, nodes * percent / 100);
    }

    private NodeInfo Choose(PodInfo pod, ClusterSnapshot cluster, List<NodeInfo> feasible)
    {
        if (feasible.Count == 1)
        {
            return feasible[0];
        }
        var totals = new long[feasible.Count];
        var scores = new long[feasible.Count];
        foreach (var score in ScoreList.All)
        {
            if (score.TryScore(pod, cluster, feasible, scores))
            {
                for (var i = 0; i < totals.Length; i++)
                {
                    totals[i] += score.Weight * scores[i];
                }
            }
        }
        var (best, equals) = (0, 1);
        for (var i = 1; i < totals.Length; i++)
        {
            if (totals[i] > totals[best])
            {
                (best, equals) = (i, 1);
            }
            else if (totals[i] == totals[best] && random.Next(++equals) == 0)
            {
                best = i;
            }
        }
        return feasible[best];
    }

    /// <summary>One pod's way through the nodes.</summary>
    private sealed class Search
    {
        private readonly ClusterSnapshot _cluster;
        private readonly List<(IFilter Filter, INodeFilter OfPod)> _filters = [];
        private readonly HashSet<string>? _only;

        public Search(PodInfo pod, ClusterSnapshot cluster)
        {
            _cluster = cluster;
            foreach (var filter in FilterList.All)
            {
                if (filter is INarrowingFilter narrowing && narrowing.Narrow(pod) is { } names)
                {
                    _only = names;
                    Absent = new Rejection($"node(s) didn't satisfy plugin(s) [{filter.Name}]", resolvable: false);
                }
                if (filter.Prepare(pod, cluster) is { } prepared)
                {
                    _filters.Add((filter, prepared));
                }
            }
        }

        public List<NodeInfo> Feasible { get; } = [];

        public Dictionary<string, Rejection> Rejections { get; } = new(StringComparer.Ordinal);

        /// <summary>Why nodes that were not asked will not do.</summary>
        public Rejection? Absent { get; }

        public ClusterChange RetryAfter { get; private set; }

        public int Asked { get; private set; }

        public void Run(int start, int enough)
        {
            if (_only is not null)
            {
                foreach (var name in _only)
                {
                    if (_cluster.Node(name) is { } node)
                    {
                        Ask(node);
                    }
                }
                return;
            }
            var nodes = _cluster.Nodes;
            while (Asked < nodes.Count && Feasible.Count < enough)
            {
                Ask(nodes[(start + Asked) % nodes.Count]);
                Asked++;
            }
        }

        private void Ask(NodeInfo node)
        {
            foreach (var (filter, ofPod) in _filters)
            {
                if (ofPod.Check(node) is { } rejection)
                {
                    Rejections.Add(node.Name, rejection);
                    RetryAfter |= filter.Helps;
                    return;
                }
            }
            Feasible.Add(node);
        }
    }
}

using Proa.Scheduler.Filters;
using Proa.Scheduler.Preemption;
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
        var search = Find(pod, cluster);
        if (search.Feasible.Count == 0)
        {
            var preemption = PreemptionSearch.Run(pod, cluster, search.Rejections);
            return new Decision
            {
                Message = FitError.Rejected(cluster, search.Rejections, search.Absent, preemption.Message),
                RetryAfter = search.RetryAfter | ClusterChange.Nodes,
                Preemption = preemption.Candidate,
                KeepsPromise = preemption.KeepsPromise,
            };
        }
        // The next search begins where this one ended, so that all nodes get their turn.
        _start = (_start + search.Asked) % nodes.Count;
        return new Decision { Node = Choose(pod, cluster, search.Feasible).Name };
    }

    private Search Find(PodInfo pod, ClusterSnapshot cluster)
    {
        var enough = Enough(cluster.Nodes.Count);
        var ahead = cluster.Promises.Ahead(pod);
        if (ahead.Count == 0)
        {
            var search = new Search(new(pod, cluster), cluster);
            search.Run(_start, enough);
            return search;
        }
        // Whether or not they get their places in the end, the pod must fit.
        var without = new NodeFilters(pod, cluster);
        using var supposed = new Supposition(cluster);
        foreach (var (other, node) in ahead)
        {
            supposed.Add(node, other);
        }
        var wary = new Search(new(pod, cluster), cluster) { Also = node => without.Check(supposed.Real(node)) };
        wary.Run(_start, enough);
        return wary.WithNodes(supposed.Real);
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
    private sealed class Search(NodeFilters filters, ClusterSnapshot cluster)
    {
        public List<NodeInfo> Feasible { get; private init; } = [];

        public Dictionary<string, Rejection> Rejections { get; private init; } = new(StringComparer.Ordinal);

        /// <summary>Why nodes that were not asked will not do.</summary>
        public Rejection? Absent => filters.Absent;

        /// <summary>What else objects to a node.</summary>
        public Func<NodeInfo, (Rejection Why, ClusterChange Helps)?>? Also { get; init; }

        public ClusterChange RetryAfter { get; private set; }

        public int Asked { get; private set; }

        public void Run(int start, int enough)
        {
            if (filters.Only is not null)
            {
                foreach (var name in filters.Only)
                {
                    if (cluster.Node(name) is { } node)
                    {
                        Ask(node);
                    }
                }
                return;
            }
            var nodes = cluster.Nodes;
            while (Asked < nodes.Count && Feasible.Count < enough)
            {
                Ask(nodes[(start + Asked) % nodes.Count]);
                Asked++;
            }
        }

        /// <summary>What it found, with other forms of the nodes.</summary>
        public Search WithNodes(Func<NodeInfo, NodeInfo> form) => new(filters, cluster)
        {
            Feasible = Feasible.ConvertAll(node => form(node)),
            Rejections = Rejections,
            RetryAfter = RetryAfter,
            Asked = Asked,
        };

        private void Ask(NodeInfo node)
        {
            if ((filters.Check(node) ?? Also?.Invoke(node)) is not { } objection)
            {
                Feasible.Add(node);
                return;
            }
            Rejections.Add(node.Name, objection.Why);
            RetryAfter |= objection.Helps;
        }
    }
}

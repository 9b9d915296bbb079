using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>Prefers domains with fewer matching pods, for soft spread constraints and for the pods of one owner.</summary>
internal sealed class PodTopologySpreadScore : IScore
{
    private const long Ignored = -1;

    public int Weight => 2;

    public bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        var constraints = pod.SoftSpread;
        if (constraints.Length == 0)
        {
            return false;
        }
        var raw = new double[nodes.Count];
        foreach (var constraint in constraints)
        {
            Add(pod, cluster, nodes, constraint, raw);
        }
        long lowest = long.MaxValue, highest = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            // The default looks at whatever labels there are; a wish of the pod's own needs all of them.
            scores[i] = pod.AsksForSpread && !SpreadConstraint.HasAllKeys(constraints, nodes[i]) ? Ignored : (long)Math.Round(raw[i]);
            if (scores[i] != Ignored)
            {
                lowest = Math.Min(lowest, scores[i]);
                highest = Math.Max(highest, scores[i]);
            }
        }
        foreach (ref var score in scores)
        {
            score = score == Ignored ? 0 : highest == 0 ? ScoreList.Best : ScoreList.Best * (highest + lowest - score) / highest;
        }
        return true;
    }

    private static void Add(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, SpreadConstraint constraint, double[] raw)
    {
        var perNode = constraint.TopologyKey == SpreadConstraint.Hostname;
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (node.Labels.TryGetValue(constraint.TopologyKey, out var domain))
            {
                counts[domain] = perNode ? constraint.CountOn(node, pod.Namespace) : 0;
            }
        }
        if (!perNode)
        {
            foreach (var node in cluster.Nodes)
            {
                if (node.Labels.TryGetValue(constraint.TopologyKey, out var domain) && counts.TryGetValue(domain, out var count)
                    && constraint.Includes(pod, node))
                {
                    counts[domain] = count + constraint.CountOn(node, pod.Namespace);
                }
            }
        }
        // More domains make each count less alike: the weight grows with their number.
        var weight = Math.Log(counts.Count + 2);
        for (var i = 0; i < raw.Length; i++)
        {
            if (nodes[i].Labels.TryGetValue(constraint.TopologyKey, out var domain))
            {
                raw[i] += (counts[domain] * weight) + (constraint.MaxSkew - 1);
            }
        }
    }
}

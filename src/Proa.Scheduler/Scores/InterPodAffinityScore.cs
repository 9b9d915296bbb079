using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>Prefers nodes near the pods that the pod likes or that like it, and away from the others.</summary>
internal sealed class InterPodAffinityScore : IScore
{
    // What the required affinity of a pod that runs already counts for pods that it would have near.
    private const int RequiredWeight = 1;

    public int Weight => 2;

    public bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        var prefers = pod.PreferredAffinity.Length + pod.PreferredAntiAffinity.Length > 0;
        if (!prefers && cluster.PodsWithAffinity == 0)
        {
            return false;
        }
        var domains = new Dictionary<(string Key, string Value), long>();
        foreach (var node in cluster.Nodes)
        {
            foreach (var other in prefers ? node.Pods : node.PodsWithAffinity)
            {
                Add(domains, pod.PreferredAffinity, other, node, cluster, 1);
                Add(domains, pod.PreferredAntiAffinity, other, node, cluster, -1);
                Add(domains, other.RequiredAffinity, pod, node, cluster, RequiredWeight);
                Add(domains, other.PreferredAffinity, pod, node, cluster, 1);
                Add(domains, other.PreferredAntiAffinity, pod, node, cluster, -1);
            }
        }
        if (domains.Count == 0)
        {
            return false;
        }
        long lowest = long.MaxValue, highest = long.MinValue;
        for (var i = 0; i < nodes.Count; i++)
        {
            scores[i] = 0;
            foreach (var (key, value) in nodes[i].Labels)
            {
                scores[i] += domains.GetValueOrDefault((key, value));
            }
            lowest = Math.Min(lowest, scores[i]);
            highest = Math.Max(highest, scores[i]);
        }
        foreach (ref var score in scores)
        {
            score = highest == lowest ? 0 : ScoreList.Best * (score - lowest) / (highest - lowest);
        }
        return true;
    }

    private static void Add(
        Dictionary<(string Key, string Value), long> domains, AffinityTerm[] terms, PodInfo pod, NodeInfo node, ClusterSnapshot cluster, int sign)
    {
        foreach (var term in terms)
        {
            if (node.Labels.TryGetValue(term.TopologyKey, out var value) && term.Matches(pod, cluster))
            {
                var weight = term.Weight == 0 ? 1 : term.Weight;
                domains[(term.TopologyKey, value)] = domains.GetValueOrDefault((term.TopologyKey, value)) + (sign * weight);
            }
        }
    }
}

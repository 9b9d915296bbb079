using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>Prefers nodes that match the pod's preferred node affinity, by the weights of its terms.</summary>
internal sealed class NodeAffinityScore : IScore
{
    public int Weight => 2;

    public bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        if (pod.PreferredNodes.Length == 0)
        {
            return false;
        }
        for (var i = 0; i < nodes.Count; i++)
        {
            scores[i] = 0;
            foreach (var (term, weight) in pod.PreferredNodes)
            {
                scores[i] += term.Matches(nodes[i]) ? weight : 0;
            }
        }
        ScoreList.Normalize(scores, reverse: false);
        return true;
    }
}

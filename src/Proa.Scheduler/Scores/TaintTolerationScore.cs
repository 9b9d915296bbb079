using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>Prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate.</summary>
internal sealed class TaintTolerationScore : IScore
{
    public int Weight => 3;

    public bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        var any = false;
        for (var i = 0; i < nodes.Count; i++)
        {
            scores[i] = 0;
            foreach (var taint in nodes[i].Taints)
            {
                if (taint.Effect == "PreferNoSchedule" && !Taints.Tolerated(taint, pod.Tolerations))
                {
                    scores[i]++;
                    any = true;
                }
            }
        }
        ScoreList.Normalize(scores, reverse: true);
        return any;
    }
}

using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>Prefers nodes with the larger part of their CPU and memory left.</summary>
internal sealed class LeastAllocatedScore : IScore
{
    public int Weight => 1;

    public bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            var (has, used) = (nodes[i].Allocatable, nodes[i].AssumedRequested);
            var kinds = (has.MilliCpu > 0 ? 1 : 0) + (has.Memory > 0 ? 1 : 0);
            var left = Left(has.MilliCpu, used.MilliCpu + pod.AssumedRequests.MilliCpu) + Left(has.Memory, used.Memory + pod.AssumedRequests.Memory);
            scores[i] = kinds == 0 ? 0 : left / kinds;
        }
        return true;
    }

    private static long Left(long has, long used) =>
        has == 0 || used > has ? 0 : (long)((Int128)(has - used) * ScoreList.Best / has);
}

using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>Prefers nodes on which the pod brings the used parts of CPU and memory closer to each other.</summary>
internal sealed class BalancedAllocationScore : IScore
{
    public int Weight => 1;

    public bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        // A pod that asks for nothing changes no balance; counting it would pile such pods on one node.
        if (pod.Requests is { MilliCpu: 0, Memory: 0 })
        {
            return false;
        }
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var without = Balance(node.Allocatable, node.Requested.MilliCpu, node.Requested.Memory);
            var with = Balance(node.Allocatable, node.Requested.MilliCpu + pod.Requests.MilliCpu, node.Requested.Memory + pod.Requests.Memory);
            scores[i] = (ScoreList.Best / 2) + (((ScoreList.Best / 2) + with - without) / 2);
        }
        return true;
    }

    private static long Balance(ResourceAmounts has, long cpu, long memory)
    {
        if (has.MilliCpu == 0 || has.Memory == 0)
        {
            return ScoreList.Best;
        }
        var apart = Math.Abs(Math.Min(1, (double)cpu / has.MilliCpu) - Math.Min(1, (double)memory / has.Memory)) / 2;
        return (long)((1 - apart) * ScoreList.Best);
    }
}

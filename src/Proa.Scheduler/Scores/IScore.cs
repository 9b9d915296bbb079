using Proa.Scheduler.Core;

namespace Proa.Scheduler.Scores;

/// <summary>A preference among nodes that will do. Stateless; the list of them is <see cref="ScoreList"/>.</summary>
internal interface IScore
{
    /// <summary>How much it counts beside the others.</summary>
    int Weight { get; }

    /// <summary>Scores each node from 0 (worst) to <see cref="ScoreList.Best"/>.</summary>
    /// <returns>False when it has no preference for this pod; the scores are then left alone.</returns>
    bool TryScore(PodInfo pod, ClusterSnapshot cluster, IReadOnlyList<NodeInfo> nodes, Span<long> scores);
}

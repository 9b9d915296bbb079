namespace Proa.Scheduler.Scores;

/// <summary>All preferences; their weights are the original's.</summary>
internal static class ScoreList
{
    public const long Best = 100;

    public static readonly IReadOnlyList<IScore> All =
    [
        new TaintTolerationScore(),
        new NodeAffinityScore(),
        new LeastAllocatedScore(),
        new BalancedAllocationScore(),
        new PodTopologySpreadScore(),
        new InterPodAffinityScore(),
    ];

    /// <summary>Stretches raw scores so that the highest becomes the best.</summary>
    /// <param name="reverse">The highest becomes the worst.</param>
    public static void Normalize(Span<long> scores, bool reverse)
    {
        long highest = 0;
        foreach (var score in scores)
        {
            highest = Math.Max(highest, score);
        }
        foreach (ref var score in scores)
        {
            score = highest == 0 ? 0 : Best * score / highest;
            score = reverse ? Best - score : score;
        }
    }
}

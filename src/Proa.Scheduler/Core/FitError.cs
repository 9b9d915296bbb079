namespace Proa.Scheduler.Core;

/// <summary>
/// Tells why no node took a pod, in the words of the original: how often each reason was given, in the order of the texts,
/// and why preemption could do nothing about it.
/// </summary>
internal static class FitError
{
    public const string NoNodes = "no nodes available to schedule pods";

    /// <summary>No node was asked, because the pod fits nowhere.</summary>
    public static string Refused(int nodes, string why) =>
        // What follows is what the original's later step says when the earlier one was not gone through.
        $"0/{nodes} nodes are available: {why}. not found";

    /// <param name="rejections">By node; one that is not in it was rejected for <paramref name="absent"/>.</param>
    /// <param name="preemption">Why no others leave for it; empty: some do.</param>
    public static string Rejected(ClusterSnapshot cluster, Dictionary<string, Rejection> rejections, Rejection? absent, string preemption)
    {
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var rejection in rejections.Values)
        {
            Count(reasons, rejection, 1);
        }
        var nodes = cluster.Nodes.Count;
        if (absent is not null && rejections.Count < nodes)
        {
            Count(reasons, absent, nodes - rejections.Count);
        }
        var rejected = Available(nodes, reasons);
        return preemption.Length == 0 ? rejected : $"{rejected} no new claims to deallocate, preemption: {preemption}";
    }

    /// <summary>How often each reason was given.</summary>
    public static string Available(int nodes, Dictionary<string, int> reasons)
    {
        var texts = reasons.Select(reason => $"{reason.Value} {reason.Key}").Order(StringComparer.Ordinal);
        return $"0/{nodes} nodes are available: {string.Join(", ", texts)}.";
    }

    private static void Count(Dictionary<string, int> reasons, Rejection rejection, int times)
    {
        foreach (var reason in rejection.Reasons)
        {
            reasons[reason] = reasons.GetValueOrDefault(reason) + times;
        }
    }
}

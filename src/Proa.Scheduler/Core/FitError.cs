namespace Proa.Scheduler.Core;

/// <summary>
/// Tells why no node took a pod, in the words of the original: how often each reason was given, in the order of the texts,
/// and what preemption could do about it.
/// </summary>
internal static class FitError
{
    public const string NoNodes = "no nodes available to schedule pods";

    private const string NotHelpful = "Preemption is not helpful for scheduling";
    private const string NoVictims = "No preemption victims found for incoming pod";

    /// <summary>No node was asked, because the pod fits nowhere.</summary>
    public static string Refused(int nodes, string why) =>
        // What follows is what the original's later step says when the earlier one was not gone through.
        $"0/{nodes} nodes are available: {why}. not found";

    /// <param name="rejections">By node; one that is not in it was rejected for <paramref name="absent"/>.</param>
    public static string Rejected(ClusterSnapshot cluster, PodInfo pod, Dictionary<string, Rejection> rejections, Rejection? absent)
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
        return $"{Available(nodes, reasons)} no new claims to deallocate, preemption: {Preemption(nodes, pod, rejections)}";
    }

    private static string Preemption(int nodes, PodInfo pod, Dictionary<string, Rejection> rejections)
    {
        if (pod.Pod.Spec.PreemptionPolicy == "Never")
        {
            return "not eligible due to preemptionPolicy=Never.";
        }
        var resolvable = rejections.Values.Count(rejection => rejection.Resolvable);
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        if (resolvable > 0)
        {
            reasons[NoVictims] = resolvable;
        }
        if (resolvable < nodes)
        {
            reasons[NotHelpful] = nodes - resolvable;
        }
        return Available(nodes, reasons);
    }

    private static string Available(int nodes, Dictionary<string, int> reasons)
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

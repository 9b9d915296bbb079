using Proa.Api.Models.Batch;

namespace Proa.Controllers.Jobs;

/// <summary>
/// Whether the indexes that have succeeded are enough for a job. Pure.
/// https://kubernetes.io/docs/concepts/workloads/controllers/job/#success-policy
/// </summary>
internal static class JobSuccessPolicy
{
    /// <returns>Which rule is met, as users are told it; null: none.</returns>
    public static string? Met(SuccessPolicy? policy, SortedSet<int> succeeded)
    {
        for (var i = 0; succeeded.Count > 0 && i < (policy?.Rules.Count ?? 0); i++)
        {
            if (IsMet(policy!.Rules[i], succeeded))
            {
                return $"Matched rules at index {i}";
            }
        }
        return null;
    }

    private static bool IsMet(SuccessPolicyRule rule, SortedSet<int> succeeded)
    {
        if (rule.SucceededIndexes is null)
        {
            return succeeded.Count >= rule.SucceededCount;
        }
        var required = IndexRanges.Parse(rule.SucceededIndexes);
        var there = required.Count(succeeded.Contains);
        return required.Count > 0 && (there == required.Count || there >= rule.SucceededCount);
    }
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Api.Models.Policy;
using Proa.Controllers.Common;

namespace Proa.Controllers.Disruption;

/// <summary>How many pods of a budget may be disrupted. Pure.</summary>
internal static class DisruptionStatusBuilder
{
    /// <summary>How long an eviction that was granted counts against the budget when the pod does not go.</summary>
    private static readonly TimeSpan s_grantLasts = TimeSpan.FromMinutes(2);

    /// <param name="scale">How many pods there are meant to be; null when that is not known.</param>
    /// <returns>Null when a percentage has nothing that it is of.</returns>
    public static PodDisruptionBudgetStatus? Build(PodDisruptionBudget budget, IReadOnlyList<Pod> pods, int? scale, DateTimeOffset now)
    {
        int expected, desired;
        if (budget.Spec.MaxUnavailable is { } unavailable)
        {
            if (scale is null)
            {
                return null;
            }
            expected = scale.Value;
            desired = Math.Max(0, expected - unavailable.Scaled(expected, roundUp: true));
        }
        else
        {
            var available = budget.Spec.MinAvailable ?? 0;
            if (!available.IsInt && scale is null)
            {
                return null;
            }
            expected = available.IsInt ? pods.Count : scale!.Value;
            desired = available.Scaled(expected, roundUp: true);
        }
        var granted = Granted(budget, pods, now);
        var healthy = pods.Count(pod => !PodFacts.IsTerminating(pod) && PodFacts.IsReady(pod) && !granted.ContainsKey(pod.Metadata.Name!));
        var allowed = expected > 0 ? Math.Max(0, healthy - desired) : 0;
        return budget.Status with
        {
            CurrentHealthy = healthy,
            DesiredHealthy = desired,
            ExpectedPods = expected,
            DisruptionsAllowed = allowed,
            DisruptedPods = granted,
            ObservedGeneration = budget.Metadata.Generation,
            Conditions = Told(budget, allowed > 0 ? "SufficientPods" : "InsufficientPods", allowed > 0, "", now),
        };
    }

    /// <summary>The status of a budget that cannot be computed: it allows nothing.</summary>
    public static PodDisruptionBudgetStatus Failed(PodDisruptionBudget budget, string message, DateTimeOffset now) => budget.Status with
    {
        CurrentHealthy = budget.Status.CurrentHealthy ?? 0,
        DesiredHealthy = budget.Status.DesiredHealthy ?? 0,
        ExpectedPods = budget.Status.ExpectedPods ?? 0,
        DisruptionsAllowed = 0,
        ObservedGeneration = budget.Metadata.Generation,
        Conditions = Told(budget, "SyncFailed", false, message, now),
    };

    private static Dictionary<string, DateTimeOffset> Granted(PodDisruptionBudget budget, IReadOnlyList<Pod> pods, DateTimeOffset now)
    {
        var granted = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (name, at) in budget.Status.DisruptedPods)
        {
            if (at + s_grantLasts > now && pods.Any(pod => pod.Metadata.Name == name && !PodFacts.IsTerminating(pod)))
            {
                granted[name] = at;
            }
        }
        return granted;
    }

    private static IReadOnlyList<Condition> Told(PodDisruptionBudget budget, string reason, bool allowed, string message, DateTimeOffset now)
    {
        const string type = "DisruptionAllowed";
        var current = budget.Status.Conditions.FirstOrDefault(condition => condition.Type == type);
        var status = allowed ? "True" : "False";
        return
        [
            .. budget.Status.Conditions.Where(condition => condition.Type != type),
            new()
            {
                Type = type,
                Status = status,
                Reason = reason,
                Message = message,
                ObservedGeneration = budget.Metadata.Generation,
                LastTransitionTime = current?.Status == status ? current.LastTransitionTime : now,
            },
        ];
    }
}

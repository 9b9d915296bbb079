using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Subresources;

/// <summary>Whether a PodDisruptionBudget lets a pod go, and what that takes of it. Pure.</summary>
internal static class BudgetCheck
{
    private const string Denied = "Cannot evict pod as it would violate the pod's disruption budget.";
    private const int MostDisrupted = 2000;

    /// <summary>A pod that is not ready does not count: it may go where the application has what it needs, or the budget says so.</summary>
    public static bool IsFree(JsonObject budget, JsonObject pod)
    {
        if (IsReady(pod))
        {
            return false;
        }
        var status = budget.Object("status");
        return budget.Object("spec")?.String("unhealthyPodEvictionPolicy") == "AlwaysAllow"
            || ((status?.Int("desiredHealthy") ?? 0) is var desired and > 0 && (status?.Int("currentHealthy") ?? 0) >= desired);
    }

    /// <summary>Takes one disruption of the budget's status, or says why not.</summary>
    public static Status? Take(JsonObject budget, string pod, DateTimeOffset now)
    {
        var name = Metadata.Name(budget);
        var status = budget.EnsureObject("status");
        if ((status.Int("observedGeneration") ?? 0) < (Metadata.Of(budget).Int("generation") ?? 0))
        {
            return BeingProcessed(name);
        }
        var allowed = status.Int("disruptionsAllowed") ?? 0;
        if (allowed < 0)
        {
            return Statuses.Forbidden("poddisruptionbudget.policy", name, "pdb disruptions allowed is negative");
        }
        if (status.Object("disruptedPods") is { Count: > MostDisrupted })
        {
            return Statuses.Forbidden("poddisruptionbudget.policy", name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        }
        if (allowed == 0)
        {
            return TooMany(Because(name, status), 0);
        }
        status["disruptionsAllowed"] = allowed - 1;
        if (allowed == 1)
        {
            SetExhausted(status, Metadata.Of(budget).Int("generation") ?? 0, now);
        }
        status.EnsureObject("disruptedPods")[pod] = Metadata.Time(now);
        return null;
    }

    /// <summary>Somebody else changes it just now.</summary>
    public static Status BeingProcessed(string name) => TooMany($"The disruption budget {name} is still being processed by the server.", 10);

    private static string Because(string name, JsonObject status)
    {
        var condition = Condition(status);
        var says = condition?.String("status") == "False" && condition.String("message") is { Length: > 0 } ? condition : null;
        var (current, desired) = (status.Int("currentHealthy") ?? 0, status.Int("desiredHealthy") ?? 0);
        return says?.String("reason") == "SyncFailed" ? $"The disruption budget {name} does not allow evicting pods currently because it failed sync: {says.String("message")}"
            : current <= desired ? $"The disruption budget {name} needs {desired} healthy pods and has {current} currently"
            : says is not null ? $"The disruption budget {name} does not allow evicting pods currently ({says.String("reason")}): {says.String("message")}"
            : $"The disruption budget {name} does not allow evicting pods currently";
    }

    private static void SetExhausted(JsonObject status, long generation, DateTimeOffset now)
    {
        var conditions = status.Array("conditions") ?? [];
        var before = Condition(status);
        conditions.RemoveAll(static item => (item as JsonObject)?.String("type") == "DisruptionAllowed");
        conditions.Add(new JsonObject
        {
            ["type"] = "DisruptionAllowed",
            ["status"] = "False",
            ["observedGeneration"] = generation,
            ["lastTransitionTime"] = before?.String("status") == "False" ? before["lastTransitionTime"]!.Clone() : Metadata.Time(now),
            ["reason"] = "InsufficientPods",
            ["message"] = "",
        });
        status["conditions"] = conditions;
    }

    private static JsonObject? Condition(JsonObject status) =>
        status.Array("conditions")?.OfType<JsonObject>().FirstOrDefault(static item => item.String("type") == "DisruptionAllowed");

    private static bool IsReady(JsonObject pod) =>
        pod.Object("status")?.Array("conditions")?.OfType<JsonObject>().Any(static item => item.String("type") == "Ready" && item.String("status") == "True") == true;

    private static Status TooMany(string because, int retryAfter)
    {
        var refused = Statuses.TooManyRequests(Denied, new StatusCause { Reason = "DisruptionBudget", Message = because });
        return retryAfter == 0 ? refused : refused with { Details = refused.Details! with { RetryAfterSeconds = retryAfter } };
    }
}

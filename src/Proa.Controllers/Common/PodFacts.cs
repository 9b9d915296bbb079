using Proa.Api.Models.Core;

namespace Proa.Controllers.Common;

/// <summary>What controllers ask of a pod.</summary>
internal static class PodFacts
{
    public static bool IsFinished(Pod pod) => pod.Status.Phase is "Succeeded" or "Failed";

    public static bool IsTerminating(Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    /// <summary>Neither finished nor on its way out.</summary>
    public static bool IsActive(Pod pod) => !IsFinished(pod) && !IsTerminating(pod);

    public static PodCondition? Condition(Pod pod, string type)
    {
        foreach (var condition in pod.Status.Conditions)
        {
            if (condition.Type == type)
            {
                return condition;
            }
        }
        return null;
    }

    public static bool IsReady(Pod pod) => Condition(pod, "Ready")?.Status == "True";

    /// <summary>Ready for at least the time; <paramref name="wait"/> says how long until it will be, when it is ready now.</summary>
    public static bool IsAvailable(Pod pod, int minReadySeconds, DateTimeOffset now, out TimeSpan? wait)
    {
        wait = null;
        var ready = Condition(pod, "Ready");
        if (ready?.Status != "True")
        {
            return false;
        }
        if (minReadySeconds == 0)
        {
            return true;
        }
        if (ready.LastTransitionTime is not { } since)
        {
            return false;
        }
        var left = since + TimeSpan.FromSeconds(minReadySeconds) - now;
        if (left <= TimeSpan.Zero)
        {
            return true;
        }
        wait = left;
        return false;
    }

    public static bool IsAvailable(Pod pod, int minReadySeconds, DateTimeOffset now) => IsAvailable(pod, minReadySeconds, now, out _);
}

using Proa.Api.Json;

namespace Proa.Api.Kinds.Workloads;

/// <summary>The counts in the status of workloads.</summary>
internal static class WorkloadStatusRules
{
    public static void Counts(JsonObject obj, FieldErrors errors, params ReadOnlySpan<string> names)
    {
        var status = obj.Sub("status");
        foreach (var name in names)
        {
            errors.NonNegative($"status.{name}", status[name]);
        }
    }

    /// <param name="whole">The count that none of the others may pass.</param>
    public static void NotAbove(JsonObject obj, string whole, string message, FieldErrors errors, params ReadOnlySpan<string> names)
    {
        var status = obj.Sub("status");
        var most = status.Int(whole) ?? 0;
        foreach (var name in names)
        {
            var count = status.Int(name) ?? 0;
            if (count > most)
            {
                errors.Invalid($"status.{name}", count, message);
            }
        }
    }

    public static void CollisionCount(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var now = obj.Sub("status").Int("collisionCount");
        if (old.Sub("status").Int("collisionCount") is { } before && (now is null || now < before))
        {
            errors.Invalid("status.collisionCount", now ?? 0, "cannot be decremented");
        }
    }
}

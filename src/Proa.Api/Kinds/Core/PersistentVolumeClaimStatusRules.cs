using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>What a claim's status may say of its size and of what is being made of it.</summary>
internal static class PersistentVolumeClaimStatusRules
{
    private static readonly string[] s_resizes =
        ["ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizePending", "NodeResizeInProgress", "NodeResizeInfeasible"];

    public static void Check(JsonObject obj, FieldErrors errors)
    {
        var status = obj.Sub("status");
        foreach (var (name, value) in status.Sub("capacity"))
        {
            NotNegative(value, $"status.capacity[{name}]", errors);
        }
        foreach (var (name, value) in status.Sub("allocatedResourceStatuses"))
        {
            Name(name, "status.allocatedResourceStatuses", errors);
            if (!s_resizes.Contains((value as JsonString)?.Value))
            {
                errors.NotSupported("status.allocatedResourceStatuses", name, [.. s_resizes.Order(StringComparer.Ordinal)]);
            }
        }
        foreach (var (name, value) in status.Sub("allocatedResources"))
        {
            var at = $"status.allocatedResources[{name}]";
            if (Name(name, "status.allocatedResources", errors) && NotNegative(value, at, errors))
            {
                ResourceRules.Value("storage", value, at, errors);
            }
        }
    }

    private static bool NotNegative(JsonValue value, string at, FieldErrors errors)
    {
        if (value is JsonString text && Quantity.TryParse(text.Value, out var amount) && amount.Sign < 0)
        {
            errors.Invalid(at, (long)Math.Floor(amount.MilliValue / 1000m), "must be a valid resource quantity");
            return false;
        }
        return true;
    }

    private static bool Name(string name, string at, FieldErrors errors)
    {
        var before = errors.Count;
        errors.Invalid(at, name, Names.QualifiedName(name));
        if (errors.Count == before && ResourceNames.IsNative(name) && name != "storage")
        {
            errors.NotSupported(at, name, "storage");
        }
        return errors.Count == before;
    }
}

using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class NodeStrategy() : KindStrategy(new("", "v1", "Node"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    public override bool TakesStatusOnCreate => true;

    public override IReadOnlyList<string> SelectableFields { get; } = ["spec.unschedulable"];

    public override string FieldValue(JsonObject obj, string field) => base.FieldValue(obj, field) is { Length: > 0 } value ? value : "false";

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Object("status") is { } status && (status.Object("allocatable")?.Count ?? 0) == 0 && status.Object("capacity") is { Count: > 0 } capacity)
        {
            status["allocatable"] = capacity.Clone();
        }
    }

    /// <summary>A node that registers brings its status with it.</summary>
    protected override void ResetStatus(JsonObject obj)
    {
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var taint in obj.Object("spec")?.Objects("taints") ?? [])
        {
            var at = $"spec.taints[{i++}]";
            errors.Invalid($"{at}.key", taint.Text("key"), Names.QualifiedName(taint.Text("key")));
            errors.Invalid($"{at}.value", taint.Text("value"), Names.LabelValue(taint.Text("value")));
            if (taint.Text("effect").Length == 0)
            {
                errors.Required($"{at}.effect");
            }
            else if (taint.Text("effect") is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute"))
            {
                errors.NotSupported($"{at}.effect", taint["effect"], "NoSchedule", "PreferNoSchedule", "NoExecute");
            }
            if (!seen.Add($"{taint.Text("key")}:{taint.Text("effect")}"))
            {
                errors.Duplicate(at, taint);
            }
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        var (spec, before) = (obj.Object("spec") ?? new JsonObject(), old.Object("spec") ?? new JsonObject());
        if (before.Array("podCIDRs") is { Count: > 0 } && !FieldErrors.Same(spec["podCIDRs"], before["podCIDRs"]))
        {
            errors.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
        }
        if (before.Text("providerID").Length > 0 && spec.Text("providerID") != before.Text("providerID"))
        {
            errors.Forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
        }
    }
}

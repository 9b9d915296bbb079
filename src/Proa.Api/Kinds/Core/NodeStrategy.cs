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
        Taints(obj, errors);
        Resources(obj, errors);
        var i = 0;
        foreach (var range in obj.Sub("spec").Array("podCIDRs") ?? [])
        {
            Addresses.CheckRange((range as JsonString)?.Value ?? "", $"spec.podCIDRs[{i++}]", errors);
        }
        if (obj.Sub("spec").Array("podCIDRs") is { Count: > 1 } ranges
            && (ranges.Count > 2 || ranges[0].ToString().Contains(':') == ranges[1].ToString().Contains(':')))
        {
            errors.Invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family");
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => CheckUpdate(obj, old, errors);

    private static void Resources(JsonObject obj, FieldErrors errors)
    {
        foreach (var part in (ReadOnlySpan<string>)["capacity", "allocatable"])
        {
            foreach (var (name, value) in obj.Sub("status", part))
            {
                Pods.ResourceRules.Value(name, value, $"status.{part}.{name}", errors);
            }
        }
    }

    private static void Taints(JsonObject obj, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var taint in obj.Sub("spec").Objects("taints"))
        {
            // The original looks for them in the metadata.
            var at = $"metadata.taints[{i++}]";
            var (key, value, effect) = (taint.Text("key"), taint.Text("value"), taint.Text("effect"));
            errors.Invalid($"{at}.key", key, Names.QualifiedName(key));
            if (Names.LabelValue(value) is { Length: > 0 } wrong)
            {
                errors.Invalid($"{at}.value", value, string.Join(";", wrong));
            }
            errors.OneOf($"{at}.effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
            if (!seen.Add($"{key}:{effect}"))
            {
                errors.Add(new FieldError(FieldErrorType.Duplicate, at, new JsonObject
                {
                    ["Key"] = key,
                    ["Value"] = value,
                    ["Effect"] = effect,
                    ["TimeAdded"] = taint["timeAdded"] ?? JsonNull.Instance,
                }, "taints must be unique by key and effect pair"));
            }
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Resources(obj, errors);
        Taints(obj, errors);
        CheckAddresses(obj, errors);
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

    private static void CheckAddresses(JsonObject obj, FieldErrors errors)
    {
        var seen = new HashSet<(string, string)>();
        var i = 0;
        foreach (var address in obj.Sub("status").Objects("addresses"))
        {
            var at = $"status.addresses[{i++}]";
            if (!seen.Add((address.Text("type"), address.Text("address"))))
            {
                errors.Duplicate(at, new JsonObject { ["Type"] = address.Text("type"), ["Address"] = address.Text("address") });
            }
        }
    }
}

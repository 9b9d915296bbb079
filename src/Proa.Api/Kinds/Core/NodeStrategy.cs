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
        if (obj.Object("spec") is { } spec)
        {
            OneRange(spec);
        }
        if (obj.Object("status") is { } status && (status.Object("allocatable")?.Count ?? 0) == 0 && status.Object("capacity") is { Count: > 0 } capacity)
        {
            status["allocatable"] = capacity.Clone();
        }
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        DropUngated(obj, null, "spec", "configSource");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        DropUngated(obj, old, "spec", "configSource");
    }

    /// <summary>A node that registers brings its status with it.</summary>
    protected override void ResetStatus(JsonObject obj)
    {
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var (warnings, spec) = (new List<string>(), obj.Sub("spec"));
        if (spec.Object("configSource") is not null)
        {
            warnings.Add("spec.configSource: the feature is removed");
        }
        if (spec.Text("externalID").Length > 0)
        {
            warnings.Add("spec.externalID: this field is deprecated, and is unused by Kubernetes");
        }
        var i = 0;
        foreach (var range in spec.Array("podCIDRs") ?? [])
        {
            if (Addresses.RangeWarning((range as JsonString)?.Value ?? "", $"spec.podCIDRs[{i++}]") is { } warning)
            {
                warnings.Add(warning);
            }
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        Taints(obj, errors);
        Resources(obj, errors);
        PodRanges(obj.Sub("spec").Array("podCIDRs") ?? [], errors);
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => ChangeOnly(obj, old, errors);

    private static void PodRanges(JsonArray ranges, FieldErrors errors)
    {
        const string At = "spec.podCIDRs";
        var families = new List<bool>();
        for (var i = 0; i < ranges.Count; i++)
        {
            var (range, before) = ((ranges[i] as JsonString)?.Value ?? "", errors.Count);
            Addresses.CheckRange(range, $"{At}[{i}]", errors);
            if (errors.Count > before && ranges.Count > 1)
            {
                errors.Add(FieldError.Internal(At, $"invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[{i}]: <nil> (invalid CIDR address: {range})"));
            }
            families.Add(range.Contains(':'));
        }
        if (ranges.Count > 1 && (ranges.Count > 2 || families[0] == families[1]))
        {
            errors.Invalid(At, ranges, "may specify no more than one CIDR for each IP family");
        }
    }

    /// <summary>The old single range and the first of the list are one: where they differ the single one says.</summary>
    private static void OneRange(JsonObject spec)
    {
        var single = spec.Text("podCIDR");
        if (single.Length > 0 && (spec.Array("podCIDRs") is not { Count: > 0 } ranges || (ranges[0] as JsonString)?.Value != single))
        {
            spec["podCIDRs"] = new JsonArray([single]);
        }
        if (spec.Array("podCIDRs") is { Count: > 0 } all)
        {
            spec["podCIDR"] = all[0].Clone();
        }
    }

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
        Check(obj, errors);
        ChangeOnly(obj, old, errors);
    }

    private static void ChangeOnly(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Resources(obj, errors);
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
        Taints(obj, errors);
        if (spec.Text("externalID") != before.Text("externalID"))
        {
            errors.Forbidden("spec.externalID", "may not be updated");
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

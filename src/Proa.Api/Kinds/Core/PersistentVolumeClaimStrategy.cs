using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class PersistentVolumeClaimStrategy()
    : KindStrategy(new("", "v1", "PersistentVolumeClaim"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.EnsureObject("spec").Default("volumeMode", "Filesystem");
        obj.EnsureObject("status").Default("phase", "Pending");
    }

    protected override void ResetStatus(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    protected override void Check(JsonObject obj, FieldErrors errors) => CheckSpec(obj.EnsureObject("spec"), errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        var before = old.Object("spec") ?? new JsonObject();
        CheckSpec(spec, errors);
        var allowed = spec.CloneObject();
        // The volume may be named once; the size may grow once bound; the class of attributes may change.
        if (before.Text("volumeName").Length == 0)
        {
            allowed["volumeName"] = before["volumeName"];
        }
        if (!before.ContainsKey("storageClassName"))
        {
            allowed["storageClassName"] = before["storageClassName"];
        }
        allowed["volumeAttributesClassName"] = before["volumeAttributesClassName"];
        var bound = old.Object("status").Text("phase") == "Bound";
        if (bound && Quantity.TryParse(spec.At("resources", "requests").Text("storage"), out var wanted)
            && Quantity.TryParse(before.At("resources", "requests").Text("storage"), out var current))
        {
            if (wanted < current)
            {
                errors.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
            }
            allowed.EnsureObject("resources")["requests"] = before.Object("resources")?["requests"]?.Clone();
        }
        if (!allowed.DeepEquals(before))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }
    }

    internal static void AccessModes(JsonObject spec, FieldErrors errors)
    {
        if (spec.Array("accessModes") is not { Count: > 0 } modes)
        {
            errors.Required("spec.accessModes", "at least 1 access mode is required");
            return;
        }
        foreach (var mode in modes)
        {
            if (mode is not JsonString { Value: "ReadWriteOnce" or "ReadOnlyMany" or "ReadWriteMany" or "ReadWriteOncePod" })
            {
                errors.NotSupported("spec.accessModes", mode, "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
            }
        }
        if (modes.Count > 1 && modes.Any(m => m is JsonString { Value: "ReadWriteOncePod" }))
        {
            errors.Forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes");
        }
    }

    private static void CheckSpec(JsonObject spec, FieldErrors errors)
    {
        AccessModes(spec, errors);
        LabelSelectorRules.Check(spec.Object("selector"), "spec.selector", errors);
        if (spec.At("resources", "requests")?.String("storage") is not { } size)
        {
            errors.Required("spec.resources[storage]");
        }
        else if (!Quantity.TryParse(size, out var quantity) || quantity.Sign <= 0)
        {
            errors.Invalid("spec.resources[storage]", size, "must be greater than zero");
        }
        if (spec.Text("storageClassName") is { Length: > 0 } name)
        {
            errors.Invalid("spec.storageClassName", name, Names.DnsSubdomain(name));
        }
        if (spec.Text("volumeMode") is { Length: > 0 } mode and not ("Block" or "Filesystem"))
        {
            errors.NotSupported("spec.volumeMode", mode, "Block", "Filesystem");
        }
    }
}

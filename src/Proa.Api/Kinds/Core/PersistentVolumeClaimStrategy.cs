using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class PersistentVolumeClaimStrategy()
    : KindStrategy(new("", "v1", "PersistentVolumeClaim"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    private const string StorageClass = "volume.beta.kubernetes.io/storage-class";

    public override void ApplyDefaults(JsonObject obj)
    {
        obj.EnsureObject("spec").DefaultUnset("volumeMode", "Filesystem");
        obj.EnsureObject("status").Default("phase", "Pending");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        ClaimSources.Prepare(obj.EnsureObject("spec"), null);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        ClaimSources.Prepare(obj.EnsureObject("spec"), old.Object("spec"));
    }

    protected override void ResetStatus(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        if (obj.Sub("metadata", "annotations").ContainsKey(StorageClass))
        {
            warnings.Add($"metadata.annotations[{StorageClass}]: deprecated since v1.8; use \"storageClassName\" attribute instead");
        }
        Pods.QuantityWarnings.Claim(obj.Object("spec"), "spec", warnings);
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => PersistentVolumeClaimRules.CheckSpec(obj.EnsureObject("spec"), "spec", errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        var spec = obj.EnsureObject("spec");
        var before = old.Sub("spec").CloneObject();
        ClaimSources.Complete(before);
        var after = spec.CloneObject();
        // The volume is named once, and so is a class that was left open.
        if (before.Text("volumeName").Length == 0)
        {
            before["volumeName"] = after["volumeName"]?.Clone();
        }
        Class(obj, old, before, after, errors);
        if (obj.Sub("status").Text("phase") == "Bound")
        {
            if (after.At("resources", "requests") is { } requests)
            {
                requests["storage"] = before.Sub("resources", "requests")["storage"];
            }
            after["volumeAttributesClassName"] = before["volumeAttributesClassName"];
        }
        if (!after.DeepEquals(before))
        {
            errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
                + InternalForms.Difference("PersistentVolumeClaimSpec", before, after));
        }
        Size(spec, old, errors);
        errors.Immutable("volumeMode", spec["volumeMode"], before["volumeMode"]);
        AttributesClass(spec, old.Sub("spec"), old, errors);
    }

    /// <summary>A class may move from the annotation that named it once to its field, or be given where none was asked for.</summary>
    private static void Class(JsonObject obj, JsonObject old, JsonObject before, JsonObject after, FieldErrors errors)
    {
        var (was, now) = (old.Sub("metadata", "annotations").String(StorageClass), obj.Sub("metadata", "annotations").String(StorageClass));
        var (field, wanted) = (before.String("storageClassName"), after.String("storageClassName"));
        if (was is not null && field is null && wanted == was && (now is null || now == was))
        {
            after.Remove("storageClassName");
            return;
        }
        if ((now ?? "") != (was ?? ""))
        {
            errors.Invalid($"metadata.annotations[{StorageClass}]", now ?? "", "field is immutable");
        }
        if (field is null && wanted is not null && (was is null || wanted == was))
        {
            after.Remove("storageClassName");
        }
    }

    private static void AttributesClass(JsonObject spec, JsonObject before, JsonObject old, FieldErrors errors)
    {
        if (FieldErrors.Same(spec["volumeAttributesClassName"], before["volumeAttributesClassName"]) || !old.Sub("status").ContainsKey("currentVolumeAttributesClassName"))
        {
            return;
        }
        if (!spec.ContainsKey("volumeAttributesClassName"))
        {
            errors.Forbidden("spec.volumeAttributesClassName", "update to nil is forbidden when status.currentVolumeAttributesClassName is not nil");
        }
        else if (spec.Text("volumeAttributesClassName").Length == 0)
        {
            errors.Forbidden("spec.volumeAttributesClassName", "update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil");
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => PersistentVolumeClaimStatusRules.Check(obj, errors);

    private static void Size(JsonObject spec, JsonObject old, FieldErrors errors)
    {
        Quantity.TryParse(spec.Sub("resources", "requests").Text("storage"), out var wanted);
        Quantity.TryParse(old.Sub("spec", "resources", "requests").Text("storage"), out var current);
        Quantity.TryParse(old.Sub("status", "capacity").Text("storage"), out var actual);
        if (wanted < current && wanted <= actual)
        {
            errors.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        }
    }
}

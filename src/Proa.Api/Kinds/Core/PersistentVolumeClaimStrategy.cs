using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
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

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        // The two ways to name what a volume is filled from say the same.
        var spec = obj.EnsureObject("spec");
        if (spec.Object("dataSource") is { } source && !spec.ContainsKey("dataSourceRef"))
        {
            spec["dataSourceRef"] = source.Clone();
        }
        else if (spec.Object("dataSourceRef") is { } reference && !spec.ContainsKey("dataSource") && reference.Text("namespace").Length == 0
            && (reference.Text("apiGroup"), reference.Text("kind")) is (_, "PersistentVolumeClaim") or ("snapshot.storage.k8s.io", "VolumeSnapshot"))
        {
            spec["dataSource"] = reference.Clone();
        }
    }

    protected override void ResetStatus(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        const string StorageClass = "volume.beta.kubernetes.io/storage-class";
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
        var after = spec.CloneObject();
        // The volume is named once, and so is a class that was left open.
        if (before.Text("volumeName").Length == 0)
        {
            before["volumeName"] = after["volumeName"]?.Clone();
        }
        if (!before.ContainsKey("storageClassName"))
        {
            after.Remove("storageClassName");
        }
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
    }

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

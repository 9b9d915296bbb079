using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class PersistentVolumeStrategy() : KindStrategy(new("", "v1", "PersistentVolume"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    // What a volume may be made of: all members of the spec that are objects, but these.
    private static readonly string[] s_notSources = ["capacity", "claimRef", "nodeAffinity"];

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.Default("volumeMode", "Filesystem");
        VolumeDefaults.Source(spec);
        obj.EnsureObject("status").Default("phase", "Pending");
    }

    protected override void ResetStatus(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        PersistentVolumeClaimStrategy.AccessModes(spec, errors);
        if (spec.Object("capacity") is not { Count: > 0 } capacity)
        {
            errors.Required("spec.capacity");
        }
        else if (!capacity.ContainsKey("storage") || capacity.Count > 1)
        {
            errors.NotSupported("spec.capacity", capacity, "storage");
        }
        else if (!Quantity.TryParse(capacity.Text("storage"), out var size) || size.Sign <= 0)
        {
            errors.Invalid("spec.capacity[storage]", capacity["storage"], "must be greater than zero");
        }
        if (spec.Text("persistentVolumeReclaimPolicy") is { Length: > 0 } policy and not ("Delete" or "Recycle" or "Retain"))
        {
            errors.NotSupported("spec.persistentVolumeReclaimPolicy", policy, "Delete", "Recycle", "Retain");
        }
        var count = 0;
        foreach (var (name, value) in spec)
        {
            if (value is JsonObject && !s_notSources.Contains(name) && count++ > 0)
            {
                errors.Forbidden($"spec.{name}", "may not specify more than 1 volume type");
            }
        }
        if (count == 0)
        {
            errors.Required("spec", "must specify a volume type");
        }
        if (spec.ContainsKey("local") && !spec.ContainsKey("nodeAffinity"))
        {
            errors.Required("spec.nodeAffinity", "Local volume requires node affinity");
        }
        if (spec.At("nodeAffinity", "required") is { } required)
        {
            AffinityRules.NodeSelector(required, "spec.nodeAffinity.required", errors);
        }
    }
}

using Proa.Api.Json;

namespace Proa.Api.Kinds.Storage;

internal sealed class CsiDriverStrategy() : KindStrategy(new("storage.k8s.io", "v1", "CSIDriver"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsUnconditionalUpdate => false;

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.DefaultUnset("attachRequired", true);
        spec.DefaultUnset("podInfoOnMount", false);
        spec.DefaultUnset("storageCapacity", false);
        spec.DefaultUnset("fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (spec.Array("volumeLifecycleModes") is not { Count: > 0 })
        {
            spec["volumeLifecycleModes"] = new JsonArray(["Persistent"]);
        }
        spec.DefaultUnset("requiresRepublish", false);
        spec.DefaultUnset("seLinuxMount", false);
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        DropUngated(obj, null, "spec", "preventPodSchedulingIfMissing");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        DropUngated(obj, old, "spec", "preventPodSchedulingIfMissing");
        if (WantedStateChanged(obj, old))
        {
            // Counted from none, not from 1.
            var metadata = obj.EnsureObject("metadata");
            metadata["generation"] = (metadata.Int("generation") ?? 0) + 1;
        }
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) =>
        obj.Sub("spec") is var spec && spec.Array("tokenRequests") is { Count: > 0 } requests && !spec.ContainsKey("serviceAccountTokenInSecrets")
        && (old is null || !FieldErrors.Same(requests, old.Sub("spec")["tokenRequests"]))
            ? ["spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes"]
            : [];

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        if (spec.String("fsGroupPolicy") is { } policy and not ("File" or "None" or "ReadWriteOnceWithFSType"))
        {
            errors.NotSupported("spec.fsGroupPolicy", policy, "File", "None", "ReadWriteOnceWithFSType");
        }
        var audiences = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var request in spec.Objects("tokenRequests"))
        {
            var at = $"spec.tokenRequests[{i++}]";
            if (!audiences.Add(request.Text("audience")))
            {
                errors.Duplicate($"{at}.audience", request.Text("audience"));
            }
            if (request.Int("expirationSeconds") is < 600)
            {
                errors.Invalid($"{at}.expirationSeconds", request["expirationSeconds"], "may not specify a duration less than 10 minutes");
            }
            if (request.Int("expirationSeconds") > 1L << 32)
            {
                errors.Invalid($"{at}.expirationSeconds", request["expirationSeconds"], "may not specify a duration larger than 2^32 seconds");
            }
        }
        foreach (var mode in spec.Array("volumeLifecycleModes") ?? [])
        {
            if (mode is not JsonString { Value: "Persistent" or "Ephemeral" })
            {
                errors.NotSupported("spec.volumeLifecycleModes", mode, "Persistent", "Ephemeral");
            }
        }
        if (spec.ContainsKey("serviceAccountTokenInSecrets") && spec.Array("tokenRequests") is not { Count: > 0 })
        {
            errors.Invalid("spec.serviceAccountTokenInSecrets", spec["serviceAccountTokenInSecrets"],
                "serviceAccountTokenInSecrets is set but no tokenRequests are specified");
        }
        if (spec.Int("nodeAllocatableUpdatePeriodSeconds") is < 10)
        {
            errors.Invalid("spec.nodeAllocatableUpdatePeriodSeconds", spec["nodeAllocatableUpdatePeriodSeconds"], "must be greater than or equal to 10 seconds");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        errors.Immutable("spec.attachedRequired", obj.Sub("spec")["attachRequired"], old.Sub("spec")["attachRequired"]);
        errors.Immutable("spec.volumeLifecycleModes", obj.Sub("spec")["volumeLifecycleModes"], old.Sub("spec")["volumeLifecycleModes"]);
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Internal;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class PersistentVolumeStrategy() : KindStrategy(new("", "v1", "PersistentVolume"), new(Namespaced: false, HasStatus: true, CountsGeneration: false))
{
    // The order in which a second source is found and named.
    private static readonly string[] s_sources =
    [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs", "iscsi", "cinder", "fc",
        "flexVolume", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
    ];

    private static readonly string[] s_mountable =
    [
        "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "nfs", "rbd", "quobyte", "iscsi", "cinder", "cephfs", "azureFile", "vsphereVolume", "azureDisk",
        "photonPersistentDisk",
    ];

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.Default("persistentVolumeReclaimPolicy", "Retain");
        spec.DefaultUnset("volumeMode", "Filesystem");
        VolumeDefaults.Source(spec);
        obj.EnsureObject("status").Default("phase", "Pending");
    }

    protected override void ResetStatus(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var (warnings, spec, annotations) = (new List<string>(), obj.Sub("spec"), obj.Sub("metadata", "annotations"));
        foreach (var (key, text) in (ReadOnlySpan<(string, string)>)[
            ("volume.beta.kubernetes.io/storage-class", "deprecated since v1.8; use \"storageClassName\" attribute instead"),
            ("volume.beta.kubernetes.io/mount-options", "deprecated since v1.31; use \"mountOptions\" attribute instead")])
        {
            if (annotations.ContainsKey(key))
            {
                warnings.Add($"metadata.annotations[{key}]: {text}");
            }
        }
        if (spec.Text("persistentVolumeReclaimPolicy") == "Recycle")
        {
            warnings.Add("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.");
        }
        var i = 0;
        foreach (var term in spec.Sub("nodeAffinity", "required").Objects("nodeSelectorTerms"))
        {
            NodeLabelWarnings.Expressions(term, false, $"spec.nodeAffinity.required.nodeSelectorTerms[{i++}]", warnings);
        }
        foreach (var (name, text) in (ReadOnlySpan<(string, string)>)[
            ("cephfs", "deprecated in v1.28, non-functional in v1.31+"), ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
            ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"), ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
            ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"), ("rbd", "deprecated in v1.28, non-functional in v1.31+")])
        {
            if (spec.Object(name) is not null)
            {
                warnings.Add($"spec.{(name == "storageos" ? "storageOS" : name)}: {text}");
            }
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        CheckSpec(obj, errors);
        MountOptions(obj, obj.Sub("spec"), errors);
    }

    private static void CheckSpec(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        PersistentVolumeClaimRules.AccessModes(spec, "spec", "", errors);
        Capacity(spec, errors);
        if (spec.String("persistentVolumeReclaimPolicy") is { Length: > 0 } policy and not ("Delete" or "Recycle" or "Retain"))
        {
            errors.NotSupported("spec.persistentVolumeReclaimPolicy", policy, "Delete", "Recycle", "Retain");
        }
        NodeAffinity(spec, errors);
        Source(spec, obj.Sub("metadata").Text("name"), errors);
        if (spec.Object("hostPath")?.Text("path").TrimEnd('/') is "" && spec.Sub("hostPath").Text("path").Length > 0
            && spec.Text("persistentVolumeReclaimPolicy") == "Recycle")
        {
            errors.Forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
        }
        if (spec.Text("storageClassName") is { Length: > 0 } name)
        {
            errors.Invalid("spec.storageClassName", name, Names.DnsSubdomain(name));
        }
        if (spec.String("volumeMode") is { } mode and not ("Block" or "Filesystem"))
        {
            errors.NotSupported("spec.volumeMode", mode, "Block", "Filesystem");
        }
        if (spec.String("volumeAttributesClassName") is { } attributes)
        {
            if (attributes.Length == 0)
            {
                errors.Required("spec.volumeAttributesClassName", "an empty string is disallowed");
            }
            else
            {
                errors.Invalid("spec.volumeAttributesClassName", attributes, Names.DnsSubdomain(attributes));
            }
            if (!spec.ContainsKey("csi"))
            {
                errors.Required("spec.csi", "has to be specified when using volumeAttributesClassName");
            }
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        // The original checks the volume and then its change, which begins with the volume again.
        Check(obj, errors);
        CheckSpec(obj, errors);
        var (spec, before) = (obj.EnsureObject("spec").CloneObject(), old.Sub("spec"));
        if (before.Object("csi") is { } csi && !csi.ContainsKey("controllerExpandSecretRef"))
        {
            spec.Object("csi")?.Remove("controllerExpandSecretRef");
        }
        if (s_sources.Any(kind => !FieldErrors.Same(spec[kind], before[kind])))
        {
            errors.Forbidden("spec.persistentvolumesource",
                "spec.persistentvolumesource is immutable after creation\n" + InternalForms.Difference("PersistentVolumeSource", before, spec));
        }
        errors.Immutable("volumeMode", spec["volumeMode"], before["volumeMode"]);
        if (before.ContainsKey("nodeAffinity"))
        {
            NodeAffinityChange(spec.Object("nodeAffinity"), before.Object("nodeAffinity")!, errors);
        }
        if (before.ContainsKey("volumeAttributesClassName") && !spec.ContainsKey("volumeAttributesClassName"))
        {
            errors.Forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
        }
    }

    /// <summary>Only what is mounted over the network takes options by the annotation that named them once.</summary>
    private static void MountOptions(JsonObject obj, JsonObject spec, FieldErrors errors)
    {
        const string Annotation = "volume.beta.kubernetes.io/mount-options";
        if (obj.Sub("metadata", "annotations").ContainsKey(Annotation) && !s_mountable.Any(spec.ContainsKey))
        {
            errors.Forbidden($"metadata.annotations.{Annotation}", "may not specify mount options for this volume type");
        }
    }

    /// <summary>Where a volume can be reached from does not change; labels of nodes that got other names may be renamed.</summary>
    private static void NodeAffinityChange(JsonObject? now, JsonObject before, FieldErrors errors)
    {
        var renamed = before.CloneObject();
        foreach (var (term, old) in (now ?? new JsonObject()).Sub("required").Objects("nodeSelectorTerms").Zip(renamed.Sub("required").Objects("nodeSelectorTerms")))
        {
            foreach (var (expression, was) in term.Objects("matchExpressions").Zip(old.Objects("matchExpressions")))
            {
                // A label without another name may, in the original, become none at all.
                if (expression.Text("key") is var key && key == (Renamed(was.Text("key")) ?? ""))
                {
                    was["key"] = key;
                }
            }
        }
        if (!FieldErrors.Same(now, renamed))
        {
            errors.Invalid("nodeAffinity", now is null ? JsonNull.Instance : InternalForms.Of("VolumeNodeAffinity", now),
                "field is immutable, except for updating from beta label to GA");
        }
    }

    private static string? Renamed(string label) => label switch
    {
        "failure-domain.beta.kubernetes.io/zone" => "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region" => "topology.kubernetes.io/region",
        "beta.kubernetes.io/os" => "kubernetes.io/os",
        "beta.kubernetes.io/arch" => "kubernetes.io/arch",
        "beta.kubernetes.io/instance-type" => "node.kubernetes.io/instance-type",
        _ => null,
    };

    private static void Capacity(JsonObject spec, FieldErrors errors)
    {
        var capacity = spec.Object("capacity");
        if (capacity is not { Count: > 0 })
        {
            errors.Required("spec.capacity");
        }
        if (capacity?.ContainsKey("storage") != true || capacity.Count > 1)
        {
            errors.NotSupported("spec.capacity", spec.Given("capacity") ?? JsonNull.Instance, "storage");
        }
        foreach (var (name, value) in capacity ?? new JsonObject())
        {
            if (value is JsonString text && Quantity.TryParse(text.Value, out var size) && size.Sign <= 0)
            {
                errors.Invalid($"spec.capacity[{name}]", value, "must be greater than zero");
            }
        }
    }

    private static void NodeAffinity(JsonObject spec, FieldErrors errors)
    {
        if (spec.Object("nodeAffinity") is not { } affinity)
        {
            return;
        }
        if (affinity.Object("required") is { } required)
        {
            AffinityRules.NodeSelector(required, "spec.nodeAffinity.required", errors);
        }
        else
        {
            errors.Required("spec.nodeAffinity.required", "must specify required node constraints");
        }
    }

    private static void Source(JsonObject spec, string name, FieldErrors errors)
    {
        var count = 0;
        foreach (var kind in s_sources)
        {
            if (spec.Object(kind) is not { } source)
            {
                continue;
            }
            // The original lets one kind stand beside any other.
            if (count++ > 0 && kind != "flexVolume")
            {
                errors.Forbidden($"spec.{(kind == "cephfs" ? "cephFS" : kind)}", "may not specify more than 1 volume type");
                continue;
            }
            switch (kind)
            {
                case "hostPath" or "nfs":
                    VolumeRules.Shared(kind, source, $"spec.{kind}", errors);
                    break;
                case "local":
                    Local(spec, source, errors);
                    break;
                case "csi":
                    Csi(source, errors);
                    break;
                default:
                    OldVolumeRules.Check(kind, source, "spec", errors, name);
                    break;
            }
        }
        if (count == 0)
        {
            errors.Required("spec", "must specify a volume type");
        }
    }

    private static void Local(JsonObject spec, JsonObject source, FieldErrors errors)
    {
        if (source.Text("path").Length == 0)
        {
            errors.Required("spec.local.path");
        }
        else
        {
            MountRules.NoBacksteps(source.Text("path"), "spec.local.path", errors);
        }
        if (!spec.ContainsKey("nodeAffinity"))
        {
            errors.Required("spec.nodeAffinity", "Local volume requires node affinity");
        }
    }

    private static void Csi(JsonObject source, FieldErrors errors)
    {
        CsiDriverNames.Check(source.Text("driver"), "spec.csi.driver", errors);
        if (source.Text("volumeHandle").Length == 0)
        {
            errors.Required("spec.csi.volumeHandle");
        }
        foreach (var name in (ReadOnlySpan<string>)["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"])
        {
            if (source.Object(name) is not { } secret)
            {
                continue;
            }
            Part(secret, "name", $"spec.csi.{name}", Names.DnsSubdomain, errors);
            Part(secret, "namespace", $"spec.csi.{name}", Names.DnsLabel, errors);
        }
    }

    private static void Part(JsonObject secret, string name, string at, Func<string, string[]> form, FieldErrors errors)
    {
        if (secret.Text(name) is { Length: > 0 } value)
        {
            errors.Invalid($"{at}.{name}", value, form(value));
        }
        else
        {
            errors.Required($"{at}.{name}");
        }
    }
}

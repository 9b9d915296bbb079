using System.Text;
using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>Which Secrets, ConfigMaps, claims and service accounts the pods of a node use. Reads the store; keeps nothing.</summary>
internal sealed class PodReferences(IObjectStore store)
{
    private static readonly string[] s_containerLists = ["containers", "initContainers", "ephemeralContainers"];

    public static string NodeOf(StoredObject pod)
    {
        foreach (var (field, value) in pod.Index.Fields)
        {
            if (field == "spec.nodeName")
            {
                return value;
            }
        }
        return "";
    }

    public bool Exists(string node, string ns, string kind, string name) => kind switch
    {
        "pod" => store.Get(new("pods", ns, name)) is { } pod && NodeOf(pod) == node,
        "persistentvolume" => VolumeUsed(node, name),
        "volumeattachment" => SpecNode("volumeattachments.storage.k8s.io", name) == node,
        "resourceslice" => SpecNode("resourceslices.resource.k8s.io", name) == node,
        _ => PodRefers(node, ns, kind, name),
    };

    // By a claim that is bound to it and that a pod of the node uses.
    private bool VolumeUsed(string node, string name) =>
        store.Get(new("persistentvolumes", "", name)) is { } volume
        && JsonTree.ParseObject(volume.Json.Span).Object("spec")?.Object("claimRef") is { } claim
        && PodRefers(node, claim.String("namespace") ?? "", "persistentvolumeclaim", claim.String("name") ?? "");

    private string? SpecNode(string collection, string name) =>
        store.Get(new(collection, "", name)) is { } found ? JsonTree.ParseObject(found.Json.Span).Object("spec")?.String("nodeName") : null;

    private bool PodRefers(string node, string ns, string kind, string name)
    {
        // Most pods are ruled out by their bytes alone.
        var needle = Encoding.UTF8.GetBytes($"\"{name}\"");
        foreach (var pod in store.List("pods", ns)?.Items ?? [])
        {
            if (NodeOf(pod) == node && (pod.Json.Span.IndexOf(needle) >= 0 || (kind == "persistentvolumeclaim" && pod.Json.Span.IndexOf("\"ephemeral\":"u8) >= 0))
                && JsonTree.ParseObject(pod.Json.Span) is var parsed && parsed.Object("spec") is { } spec && (Refers(spec, kind, name) || Claims(parsed, kind, name)))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The Secrets that a pod's spec names.</summary>
    public static IEnumerable<string> SecretsOf(JsonObject spec) => Secrets(spec).OfType<string>();

    private static bool Claims(JsonObject pod, string kind, string name) => kind switch
    {
        "resourceclaim" => Items(pod.Object("spec")?.Array("resourceClaims")).Concat(Items(pod.Object("status")?.Array("resourceClaimStatuses")))
            .Any(claim => claim.String("resourceClaimName") == name),
        // A generic ephemeral volume's claim is named after pod and volume.
        "persistentvolumeclaim" => Volumes(pod.Object("spec")!)
            .Any(volume => volume.Object("ephemeral") is not null && $"{pod.Object("metadata")?.String("name")}-{volume.String("name")}" == name),
        _ => false,
    };

    private static bool Refers(JsonObject spec, string kind, string name) => kind switch
    {
        "serviceaccount" => spec.String("serviceAccountName") == name,
        "persistentvolumeclaim" => Volumes(spec).Any(volume => volume.Object("persistentVolumeClaim")?.String("claimName") == name),
        "secret" => Secrets(spec).Contains(name),
        "resourceclaim" => false,
        _ => ConfigMaps(spec).Contains(name),
    };

    private static IEnumerable<string?> Secrets(JsonObject spec)
    {
        foreach (var pull in Items(spec.Array("imagePullSecrets")))
        {
            yield return pull.String("name");
        }
        foreach (var volume in Volumes(spec))
        {
            yield return volume.Object("secret")?.String("secretName");
            foreach (var member in volume)
            {
                // cephfs, flexVolume, csi and others name theirs alike.
                yield return (member.Value as JsonObject)?.Object("secretRef")?.String("name");
                yield return (member.Value as JsonObject)?.Object("nodePublishSecretRef")?.String("name");
            }
            foreach (var source in Items(volume.Object("projected")?.Array("sources")))
            {
                yield return source.Object("secret")?.String("name");
            }
        }
        foreach (var name in Environment(spec, "secretRef", "secretKeyRef"))
        {
            yield return name;
        }
    }

    private static IEnumerable<string?> ConfigMaps(JsonObject spec)
    {
        foreach (var volume in Volumes(spec))
        {
            yield return volume.Object("configMap")?.String("name");
            foreach (var source in Items(volume.Object("projected")?.Array("sources")))
            {
                yield return source.Object("configMap")?.String("name");
            }
        }
        foreach (var name in Environment(spec, "configMapRef", "configMapKeyRef"))
        {
            yield return name;
        }
    }

    private static IEnumerable<string?> Environment(JsonObject spec, string whole, string key)
    {
        foreach (var list in s_containerLists)
        {
            foreach (var container in Items(spec.Array(list)))
            {
                foreach (var from in Items(container.Array("envFrom")))
                {
                    yield return from.Object(whole)?.String("name");
                }
                foreach (var variable in Items(container.Array("env")))
                {
                    yield return variable.Object("valueFrom")?.Object(key)?.String("name");
                }
            }
        }
    }

    private static IEnumerable<JsonObject> Volumes(JsonObject spec) => Items(spec.Array("volumes"));

    private static IEnumerable<JsonObject> Items(JsonArray? array) => array is null ? [] : array.OfType<JsonObject>();
}

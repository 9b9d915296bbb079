using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Authorization;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>
/// A node's own identity changes only its own Node, lease and CSINode, the pods that are bound to it, and asks for tokens of
/// those pods alone. https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
/// </summary>
internal sealed class NodeRestriction(IObjectStore store, IAuthorizer? authorizer) : IAdmissionStep
{
    private const string Prefix = "system:node:";
    private const string Mirror = "kubernetes.io/config.mirror";
    private readonly NodeTokenAudiences _audiences = new(store, authorizer);

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.User.Name.StartsWith(Prefix, StringComparison.Ordinal) || !request.User.InGroup("system:nodes"))
        {
            return default;
        }
        var node = request.User.Name[Prefix.Length..];
        if (node.Length == 0)
        {
            return new(Statuses.Forbidden(request.GroupResource, request.ShownName, $"could not determine node from user {RuleCover.Quote(request.User.Name)}"));
        }
        if (request.Type.Collection == "serviceaccounts")
        {
            return request.IsCreate && request.Subresource == "token" ? TokenAsync(request, node, ct) : default;
        }
        var refusal = request.Type.Collection switch
        {
            "pods" => Pod(request, node),
            "nodes" => Node(request, node),
            "persistentvolumeclaims" => Claim(request, node),
            "leases.coordination.k8s.io" => Lease(request, node),
            "csinodes.storage.k8s.io" => Named(request) == node ? null : "can only access CSINode with the same name as the requesting node",
            "resourceslices.resource.k8s.io" => Slice(request, node),
            "certificatesigningrequests.certificates.k8s.io" when request.IsCreate && request.Subresource.Length == 0 => SigningRequest(request, node),
            _ => null,
        };
        return refusal is null ? default : new(Statuses.Forbidden(request.GroupResource, request.ShownName, refusal));
    }

    private string? Pod(AdmissionRequest request, string node) => (request.Subresource, request.Operation) switch
    {
        ("", AdmissionOperation.Create) => NewPod(request.Object!, node),
        ("", AdmissionOperation.Delete) => NodeOf(request.Old) == node ? null : $"node \"{node}\" can only delete pods with spec.nodeName set to itself",
        ("", _) => $"unexpected operation \"UPDATE\", node \"{node}\" can only create and delete mirror pods",
        ("status", AdmissionOperation.Update) => PodStatus(request, node),
        ("status", _) => $"unexpected operation \"{request.Operation.ToString().ToUpperInvariant()}\"",
        ("eviction", _) => store.Get(new ObjectKey("pods", request.Namespace, request.Name)) is not { } pod || NodeOf(JsonTree.ParseObject(pod.Json.Span)) == node
            ? null
            : $"node {node} can only evict pods with spec.nodeName set to itself",
        _ => $"unexpected pod subresource \"{request.Subresource}\", only 'status' and 'eviction' are allowed",
    };

    private string? NewPod(JsonObject pod, string node)
    {
        var metadata = pod.Object("metadata");
        if (metadata?.Object("annotations")?.ContainsKey(Mirror) != true)
        {
            return $"pod does not have \"{Mirror}\" annotation, node \"{node}\" can only create mirror pods";
        }
        if (NodeOf(pod) != node)
        {
            return $"node \"{node}\" can only create pods with spec.nodeName set to itself";
        }
        var owners = metadata.Array("ownerReferences");
        if (owners is { Count: > 1 })
        {
            return $"node \"{node}\" can only create pods with a single owner reference set to itself";
        }
        if (owners is not { Count: 1 } || owners[0] is not JsonObject owner
            || owner.String("apiVersion") != "v1" || owner.String("kind") != "Node" || owner.String("name") != node)
        {
            return $"node \"{node}\" can only create pods with an owner reference set to itself";
        }
        if (owner.Bool("controller") != true)
        {
            return $"node \"{node}\" can only create pods with a controller owner reference set to itself";
        }
        if (owner.Bool("blockOwnerDeletion") == true)
        {
            return $"node \"{node}\" must not set blockOwnerDeletion on an owner reference";
        }
        var uid = store.Get(new ObjectKey("nodes", "", node))?.Index.Uid ?? "";
        if (owner.String("uid") != uid)
        {
            return $"node {node} UID mismatch: expected {owner.String("uid")} got {uid}";
        }
        return ApiReference(pod.Object("spec")) is { } resource ? $"node \"{node}\" can not create pods that reference {resource}" : null;
    }

    private static string? ApiReference(JsonObject? spec)
    {
        if (spec?.String("serviceAccountName") is { Length: > 0 })
        {
            return "serviceaccounts";
        }
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers", "ephemeralContainers"])
        {
            foreach (var container in spec?.Array(list)?.OfType<JsonObject>() ?? [])
            {
                foreach (var item in container.Array("envFrom")?.OfType<JsonObject>() ?? [])
                {
                    if (item.ContainsKey("secretRef") || item.ContainsKey("configMapRef"))
                    {
                        return item.ContainsKey("secretRef") ? "secrets" : "configmaps";
                    }
                }
                foreach (var item in container.Array("env")?.OfType<JsonObject>() ?? [])
                {
                    var from = item.Object("valueFrom");
                    if (from?.ContainsKey("secretKeyRef") == true || from?.ContainsKey("configMapKeyRef") == true)
                    {
                        return from.ContainsKey("secretKeyRef") ? "secrets" : "configmaps";
                    }
                }
            }
        }
        if (spec?.Array("imagePullSecrets") is { Count: > 0 })
        {
            return "secrets";
        }
        foreach (var volume in spec?.Array("volumes")?.OfType<JsonObject>() ?? [])
        {
            foreach (var (field, resource) in (ReadOnlySpan<(string, string)>)[
                ("configMap", "configmaps"), ("secret", "secrets"), ("persistentVolumeClaim", "persistentvolumeclaims"), ("ephemeral", "persistentvolumeclaims")])
            {
                if (volume.ContainsKey(field))
                {
                    return resource;
                }
            }
        }
        return spec?.Array("resourceClaims") is { Count: > 0 } ? "resourceclaims" : null;
    }

    private static string? PodStatus(AdmissionRequest request, string node)
    {
        if (NodeOf(request.Old) != node)
        {
            return $"node \"{node}\" can only update pod status for pods with spec.nodeName set to itself";
        }
        if (!Same(request.Old!.Object("metadata")?["labels"], request.Object!.Object("metadata")?["labels"]))
        {
            return $"node \"{node}\" cannot update labels through pod status";
        }
        return Same(request.Old.Object("status")?["resourceClaimStatuses"], request.Object.Object("status")?["resourceClaimStatuses"])
            ? null
            : $"node \"{node}\" cannot update resource claim statues";
    }

    private static string? Node(AdmissionRequest request, string node)
    {
        var name = Named(request);
        if (name != node)
        {
            return $"node \"{node}\" is not allowed to modify node \"{name}\"";
        }
        if (request.Object is not { } obj)
        {
            return null;
        }
        if (request.Old is not { } old)
        {
            return Forbidden(obj, null) is { Count: > 0 } labels ? $"node \"{node}\" is not allowed to set the following labels: {string.Join(", ", labels)}" : null;
        }
        if (!Same(old.Object("spec")?["taints"], obj.Object("spec")?["taints"]))
        {
            return $"node \"{node}\" is not allowed to modify taints";
        }
        if (!Same(old.Object("metadata")?["ownerReferences"], obj.Object("metadata")?["ownerReferences"]))
        {
            return $"node \"{node}\" is not allowed to modify ownerReferences";
        }
        return Forbidden(obj, old) is { Count: > 0 } changed ? $"is not allowed to modify labels: {string.Join(", ", changed)}" : null;
    }

    /// <summary>Labels that differ and that a node may not set on itself.</summary>
    private static SortedSet<string> Forbidden(JsonObject obj, JsonObject? old)
    {
        var (now, before) = (obj.Object("metadata")?.Object("labels") ?? [], old?.Object("metadata")?.Object("labels") ?? []);
        var forbidden = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var key in now.Keys.Union(before.Keys))
        {
            if (!Same(now[key], before[key]) && (IsUnder(Space(key), "node-restriction.kubernetes.io") || (IsKubernetes(key) && !IsNodes(key))))
            {
                forbidden.Add(key);
            }
        }
        return forbidden;
    }

    private static bool IsKubernetes(string key) => IsUnder(Space(key), "kubernetes.io") || IsUnder(Space(key), "k8s.io");

    private static bool IsNodes(string key) => key is "kubernetes.io/hostname" or "topology.kubernetes.io/zone" or "topology.kubernetes.io/region"
            or "failure-domain.beta.kubernetes.io/zone" or "failure-domain.beta.kubernetes.io/region" or "beta.kubernetes.io/instance-type"
            or "node.kubernetes.io/instance-type" or "kubernetes.io/os" or "kubernetes.io/arch" or "beta.kubernetes.io/os" or "beta.kubernetes.io/arch"
        || IsUnder(Space(key), "kubelet.kubernetes.io") || IsUnder(Space(key), "node.kubernetes.io");

    private static string Space(string key) => key.IndexOf('/') is var at and >= 0 ? key[..at] : "";

    private static bool IsUnder(string space, string domain) => space == domain || space.EndsWith("." + domain, StringComparison.Ordinal);

    private static string? Claim(AdmissionRequest request, string node)
    {
        if (request.Subresource != "status")
        {
            return "may only update PVC status";
        }
        if (request.Operation != AdmissionOperation.Update)
        {
            return $"unexpected operation \"{request.Operation.ToString().ToUpperInvariant()}\"";
        }
        return Strip(request.Old!).DeepEquals(Strip(request.Object!))
            ? null
            : $"node \"{node}\" is not allowed to update fields other than status.quantity and status.conditions";

        static JsonObject Strip(JsonObject claim)
        {
            var copy = claim.CloneObject();
            foreach (var field in (ReadOnlySpan<string>)["capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"])
            {
                copy.EnsureObject("status").Remove(field);
            }
            Metadata.Of(copy).Remove("managedFields");
            Metadata.Of(copy).Remove("resourceVersion");
            return copy;
        }
    }

    private async ValueTask<Status?> TokenAsync(AdmissionRequest request, string node, CancellationToken ct)
    {
        var spec = request.Object?.Object("spec");
        var bound = spec?.Object("boundObjectRef");
        if (bound?.String("apiVersion") != "v1" || bound.String("kind") != "Pod" || bound.String("name") is not { Length: > 0 } name)
        {
            return No("node requested token not bound to a pod");
        }
        if (bound.String("uid") is not { Length: > 0 } uid)
        {
            return No("node requested token with a pod binding without a uid");
        }
        if (store.Get(new ObjectKey("pods", request.Namespace, name)) is not { } stored)
        {
            return Statuses.NotFound("pod", name);
        }
        if (uid != stored.Index.Uid)
        {
            return No($"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }
        var pod = JsonTree.ParseObject(stored.Json.Span);
        if (NodeOf(pod) != node)
        {
            return No("node requested token bound to a pod scheduled on a different node");
        }
        var wrong = await _audiences.RefusalAsync(request, spec!, pod, ct);
        return wrong is null ? null : No(wrong);

        Status No(string why) => Statuses.Forbidden(request.GroupResource, request.ShownName, why);
    }

    private static string? Lease(AdmissionRequest request, string node) =>
        request.Namespace != "kube-node-lease" ? "can only access leases in the \"kube-node-lease\" system namespace"
        : Named(request) == node ? null : "can only access node lease with the same name as the requesting node";

    private static string? Slice(AdmissionRequest request, string node) => request.Operation switch
    {
        AdmissionOperation.Create when NodeOf(request.Object) != node => "can only create ResourceSlice with the same NodeName as the requesting node",
        AdmissionOperation.Delete when NodeOf(request.Old) != node => "can only delete ResourceSlice with the same NodeName as the requesting node",
        _ => null,
    };

    private static string? SigningRequest(AdmissionRequest request, string node)
    {
        var spec = request.Object?.Object("spec");
        if (spec?.String("signerName") is not ("kubernetes.io/kubelet-serving" or "kubernetes.io/kube-apiserver-client-kubelet"))
        {
            return null;
        }
        try
        {
            var pem = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(spec.String("request") ?? ""));
            if (!PemEncoding.TryFind(pem, out var block) || pem[block.Label] != "CERTIFICATE REQUEST")
            {
                return "unable to parse csr: PEM block type must be CERTIFICATE REQUEST";
            }
            var wanted = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
            return wanted.SubjectName.Format(multiLine: true).Split('\n').Any(line => line.Trim() == $"CN={Prefix}{node}")
                ? null
                : $"can only create a node CSR with CN={Prefix}{node}";
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException)
        {
            return $"unable to parse csr: {e.Message}";
        }
    }

    private static string Named(AdmissionRequest request) => request.Name.Length > 0 ? request.Name : request.Object is { } obj ? Metadata.Name(obj) : "";

    private static string NodeOf(JsonObject? obj) => obj?.Object("spec")?.String("nodeName") ?? "";

    private static bool Same(JsonValue? a, JsonValue? b) => IsEmpty(a) ? IsEmpty(b) : a!.DeepEquals(b);

    private static bool IsEmpty(JsonValue? value) => value is null or JsonNull or JsonArray { Count: 0 } or JsonObject { Count: 0 };
}

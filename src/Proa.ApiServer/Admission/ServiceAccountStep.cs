using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Authorization;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>Gives each pod a service account, its pull secrets, and a volume with a token for the API.</summary>
internal sealed class ServiceAccountStep(IObjectStore store, TimeProvider clock, Random random) : IAdmissionStep
{
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string Mirror = "kubernetes.io/config.mirror";

    // In a new namespace the account is a moment behind the namespace.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    public async ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.IsCreate || !request.Is("pods") || request.Object is not { } pod)
        {
            return null;
        }
        if (Metadata.Of(pod).Object("annotations")?.ContainsKey(Mirror) == true)
        {
            return MirrorRefusal(request, pod);
        }
        var spec = pod.EnsureObject("spec");
        var name = spec.String("serviceAccountName") is { Length: > 0 } given ? given : "default";
        spec["serviceAccountName"] = name;
        spec["serviceAccount"] = name;
        var key = new ObjectKey("serviceaccounts", request.Namespace, name);
        var found = store.Get(key) ?? (name == "default" ? await AwaitAsync(key, ct) : null);
        if (found is null)
        {
            return Statuses.Forbidden("pods", request.ShownName,
                $"error looking up service account {request.Namespace}/{name}: {Names.Unusable(name) ?? $"serviceaccount \"{name}\" not found"}");
        }
        var account = JsonTree.ParseObject(found.Json.Span);
        if (spec.Array("imagePullSecrets") is not { Count: > 0 } && account.Array("imagePullSecrets") is { Count: > 0 } secrets)
        {
            spec["imagePullSecrets"] = secrets;
        }
        if (spec.Bool("automountServiceAccountToken") ?? account.Bool("automountServiceAccountToken") ?? true)
        {
            MountToken(spec);
        }
        return Validate(request);
    }

    /// <summary>Again at the end, as what came between may have changed the pod.</summary>
    public Status? Validate(AdmissionRequest request)
    {
        if (request.Type.Collection != "pods" || request.Object is not { } pod || !(request.IsCreate ? request.Subresource.Length == 0 : request.Subresource == "ephemeralcontainers"))
        {
            return null;
        }
        if (request.IsCreate && Metadata.Of(pod).Object("annotations")?.ContainsKey(Mirror) == true)
        {
            return MirrorRefusal(request, pod);
        }
        var name = pod.Object("spec")?.String("serviceAccountName") ?? "";
        if (name.Length == 0)
        {
            return request.IsCreate ? Forbidden(request, $"no service account specified for pod {request.Namespace}/{Metadata.Name(pod)}") : null;
        }
        if (store.Get(new ObjectKey("serviceaccounts", request.Namespace, name)) is not { } found)
        {
            return request.IsCreate ? Forbidden(request, $"error looking up service account {request.Namespace}/{name}: serviceaccount \"{name}\" not found") : null;
        }
        // The words may stand elsewhere in it too; only then is it worth a parse.
        if (found.Json.Span.IndexOf("enforce-mountable-secrets"u8) < 0 || JsonTree.ParseObject(found.Json.Span) is var account && !MountableSecrets.AreEnforced(account))
        {
            return null;
        }
        var refusal = request.IsCreate ? MountableSecrets.Refusal(pod, account) : MountableSecrets.EphemeralRefusal(pod, account);
        return refusal is null ? null : Forbidden(request, refusal);
    }

    /// <summary>A mirror pod is the node's own and may not use what only the API gives.</summary>
    private static Status? MirrorRefusal(AdmissionRequest request, JsonObject pod)
    {
        var spec = pod.Object("spec");
        if (spec?.String("serviceAccountName") is { Length: > 0 })
        {
            return Forbidden(request, "a mirror pod may not reference service accounts");
        }
        if (PodReferences.SecretsOf(spec ?? []).Any())
        {
            return Forbidden(request, "a mirror pod may not reference secrets");
        }
        foreach (var volume in spec?.Array("volumes")?.OfType<JsonObject>() ?? [])
        {
            foreach (var source in volume.Object("projected")?.Array("sources")?.OfType<JsonObject>() ?? [])
            {
                if (source.ContainsKey("serviceAccountToken"))
                {
                    return Forbidden(request, "a mirror pod may not use ServiceAccountToken volume projections");
                }
            }
        }
        return null;
    }

    private static Status Forbidden(AdmissionRequest request, string message) => Statuses.Forbidden("pods", request.ShownName, message);

    private async ValueTask<StoredObject?> AwaitAsync(ObjectKey key, CancellationToken ct)
    {
        if (store.Get(new ObjectKey("namespaces", "", key.Namespace)) is null)
        {
            return null;
        }
        using var watch = store.Watch(key.Resource, key.Namespace, store.Revision);
        if (watch is null || store.Get(key) is { } already)
        {
            return store.Get(key);
        }
        using var patience = new CancellationTokenSource(s_patience, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            while (await watch.Changes.WaitToReadAsync(both.Token))
            {
                while (watch.Changes.TryRead(out _))
                {
                }
                if (store.Get(key) is { } found)
                {
                    return found;
                }
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // It did not come.
        }
        return store.Get(key);
    }

    private void MountToken(JsonObject spec)
    {
        string? volume = null;
        var existing = spec.Array("volumes")?.OfType<JsonObject>()
            .Select(static item => item.String("name") ?? "").FirstOrDefault(static name => name.StartsWith("kube-api-access-", StringComparison.Ordinal));
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            foreach (var item in spec.Array(list) ?? [])
            {
                if (item is not JsonObject container || Mounts(container))
                {
                    continue;
                }
                volume ??= existing ?? Metadata.Generate("kube-api-access-", random);
                var mounts = container.Array("volumeMounts");
                if (mounts is null)
                {
                    container["volumeMounts"] = mounts = [];
                }
                mounts.Add(new JsonObject { ["name"] = volume, ["readOnly"] = true, ["mountPath"] = MountPath });
            }
        }
        if (volume is null || existing is not null)
        {
            return;
        }
        var volumes = spec.Array("volumes");
        if (volumes is null)
        {
            spec["volumes"] = volumes = [];
        }
        volumes.Add(Volume(volume));
    }

    private static bool Mounts(JsonObject container)
    {
        foreach (var mount in container.Array("volumeMounts") ?? [])
        {
            if (mount is JsonObject m && m.String("mountPath") == MountPath)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The projected volume; the second ConfigMap is what the recorded clusters add, and clients see.</summary>
    private static JsonObject Volume(string name) => new()
    {
        ["name"] = name,
        ["projected"] = new JsonObject
        {
            ["sources"] = new JsonArray(
            [
                new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = 3607, ["path"] = "token" } },
                Config("kube-root-ca.crt", "ca.crt"),
                new JsonObject
                {
                    ["downwardAPI"] = new JsonObject
                    {
                        ["items"] = new JsonArray(
                        [
                            new JsonObject
                            {
                                ["path"] = "namespace",
                                ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" },
                            },
                        ]),
                    },
                },
                Config("openshift-service-ca.crt", "service-ca.crt"),
            ]),
            ["defaultMode"] = 420,
        },
    };

    private static JsonObject Config(string name, string key) => new()
    {
        ["configMap"] = new JsonObject
        {
            ["name"] = name,
            ["items"] = new JsonArray([new JsonObject { ["key"] = key, ["path"] = key }]),
        },
    };
}

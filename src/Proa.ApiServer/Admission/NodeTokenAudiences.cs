using Proa.Api.Json;
using Proa.ApiServer.Security;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>
/// For whom a node may ask tokens of its pods' accounts: for those whom a volume of the pod or the driver of one names, and for
/// whom a role allows it by the verb <c>request-serviceaccounts-token-audience</c>.
/// </summary>
internal sealed class NodeTokenAudiences(IObjectStore store, IAuthorizer? authorizer)
{
    /// <returns>Null: it may.</returns>
    public async ValueTask<string?> RefusalAsync(AdmissionRequest request, JsonObject spec, JsonObject pod, CancellationToken ct)
    {
        if (spec.Array("audiences") is { Count: > 1 })
        {
            return "node may only request 0 or 1 audiences";
        }
        var audience = spec.Array("audiences") is [JsonString one] ? one.Value : "";
        var (found, error) = IsInPod(pod, request.Namespace, audience);
        if (found)
        {
            return null;
        }
        if (error is not null)
        {
            return $"error validating audience \"{audience}\": {error}";
        }
        var asked = new RequestInfo("request-serviceaccounts-token-audience", "")
        {
            IsResource = true,
            Version = "v1",
            Namespace = request.Namespace,
            Resource = audience,
            Name = request.Name,
        };
        if (authorizer is null || (await authorizer.AuthorizeAsync(request.User, asked, ct)).Allowed)
        {
            return null;
        }
        return $"audience \"{audience}\" not found in pod spec volume, {request.User.Name} is not authorized to request tokens for this audience";
    }

    private (bool Found, string? Error) IsInPod(JsonObject pod, string ns, string audience)
    {
        List<string>? errors = null;
        foreach (var volume in pod.Object("spec")?.Array("volumes")?.OfType<JsonObject>() ?? [])
        {
            foreach (var source in volume.Object("projected")?.Array("sources")?.OfType<JsonObject>() ?? [])
            {
                if (source.Object("serviceAccountToken") is { } token && (token.String("audience") ?? "") == audience)
                {
                    return (true, null);
                }
            }
            var (driver, error) = Driver(volume, pod.Object("metadata")?.String("name") ?? "", ns);
            if (error is null && driver is { Length: > 0 })
            {
                (var asks, error) = Asks(driver, audience);
                if (asks)
                {
                    return (true, null);
                }
            }
            if (error is not null)
            {
                (errors ??= []).Add(error);
            }
        }
        return (false, errors is null ? null : errors is [var one] ? one : $"[{string.Join(", ", errors.Distinct())}]");
    }

    private (string? Driver, string? Error) Driver(JsonObject volume, string pod, string ns)
    {
        if (volume.Object("csi")?.String("driver") is { } driver)
        {
            return (driver, null);
        }
        var claim = volume.Object("ephemeral")?.ContainsKey("volumeClaimTemplate") == true
            ? $"{pod}-{volume.String("name")}"
            : volume.Object("persistentVolumeClaim")?.String("claimName");
        if (claim is null)
        {
            return (null, null);
        }
        if (Find("persistentvolumeclaims", ns, claim) is not { } bound)
        {
            return (null, $"persistentvolumeclaim \"{claim}\" not found");
        }
        var name = bound.Object("spec")?.String("volumeName") ?? "";
        return Find("persistentvolumes", "", name) is { } persistent
            ? (persistent.Object("spec")?.Object("csi")?.String("driver"), null)
            : (null, $"persistentvolume \"{name}\" not found");
    }

    private (bool Asks, string? Error) Asks(string driver, string audience) => Find("csidrivers.storage.k8s.io", "", driver) is { } found
        ? (found.Object("spec")?.Array("tokenRequests")?.OfType<JsonObject>().Any(ask => (ask.String("audience") ?? "") == audience) == true, null)
        : (false, $"csidriver.storage.k8s.io \"{driver}\" not found");

    private JsonObject? Find(string resource, string ns, string name) =>
        store.Get(new ObjectKey(resource, ns, name)) is { } stored ? JsonTree.ParseObject(stored.Json.Span) : null;
}

using Proa.Api.Apply;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.ApiServer.Admission;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Tokens;
using Proa.ApiServer.Verbs;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Subresources;

/// <summary><c>serviceaccounts/token</c>: a short-lived token for a service account, bound to an object where asked.</summary>
internal sealed class TokenSubresource(IObjectStore store, ITokenIssuer? issuer, SubresourceAdmission admission, TimeProvider clock) : ISubresource
{
    private const long DefaultSeconds = 3600;
    private const long LeastSeconds = 600;
    private static readonly GroupVersionKind s_kind = new("authentication.k8s.io", "v1", "TokenRequest");

    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        if (issuer is null)
        {
            return ApiResponse.Of(Statuses.NoSuchResource());
        }
        var parameters = WriteParameters.Read(scope.Request, "CreateOptions");
        if (!parameters.Ok)
        {
            return ApiResponse.Of(parameters.Error);
        }
        var decoded = RequestBody.Decode(scope, parameters.Value.Validation);
        if (!decoded.Ok)
        {
            return ApiResponse.Of(decoded.Error);
        }
        if (Metadata.Of(decoded.Value).String("namespace") is { Length: > 0 } ns && ns != scope.Namespace)
        {
            return ApiResponse.Of(Statuses.BadRequest("the namespace of the provided object does not match the namespace sent on the request"));
        }
        var (refusal, request) = await admission.AdmitAsync(scope, AdmissionOperation.Create, decoded.Value, parameters.Value, ct, obj => Complete(obj, scope, parameters.Value.FieldManager));
        if (refusal is not null)
        {
            return ApiResponse.Of(refusal);
        }
        if (Metadata.Name(request) is { Length: > 0 } name && name != scope.Name)
        {
            return ApiResponse.Of(Mismatch(scope, name));
        }
        if (store.Get(scope.Key) is not { } stored)
        {
            return ApiResponse.Of(Statuses.NotFound("serviceaccounts", scope.Name));
        }
        if (Metadata.Of(request).String("uid") is { Length: > 0 } uid && uid != stored.Index.Uid)
        {
            return ApiResponse.Of(Statuses.Conflict(
                "TokenRequest.authentication.k8s.io", scope.Name, $"the UID in the token request ({uid}) does not match the UID of the service account ({stored.Index.Uid})"));
        }
        var spec = request.EnsureObject("spec");
        var seconds = spec.Int("expirationSeconds") ?? DefaultSeconds;
        if (seconds < LeastSeconds)
        {
            return ApiResponse.Of(Invalid("spec.expirationSeconds", $"Invalid value: {seconds}: may not specify a duration less than 10 minutes"));
        }
        if (seconds > 1L << 32)
        {
            return ApiResponse.Of(Invalid("spec.expirationSeconds", $"Invalid value: {seconds}: may not specify a duration larger than 2^32 seconds"));
        }
        var bound = Bind(scope, spec.Object("boundObjectRef"));
        if (!bound.Ok)
        {
            return ApiResponse.Of(bound.Error);
        }
        var audiences = new List<string>();
        foreach (var item in spec.Array("audiences") ?? [])
        {
            if (item is JsonString text)
            {
                audiences.Add(text.Value);
            }
        }
        var subject = new TokenSubject(scope.Namespace, scope.Name, stored.Index.Uid) { Bound = bound.Value.Object, Node = bound.Value.Node };
        var issued = await issuer.IssueAsync(subject, audiences, seconds, ct);
        if (issued.Ok && issued.Value.Id.Length > 0)
        {
            scope.Request.Annotate("authentication.kubernetes.io/issued-credential-id", "JTI=" + issued.Value.Id, AuditLevel.Metadata);
        }
        return issued.Ok ? Answers.Bytes(scope, JsonTree.ToUtf8(Answer(stored, request, seconds, issued.Value, clock.GetUtcNow())), 201) : ApiResponse.Of(issued.Error);
    }

    private void Complete(JsonObject request, RequestScope scope, string manager)
    {
        var spec = request.EnsureObject("spec");
        spec["expirationSeconds"] ??= DefaultSeconds;
        request.Remove("status");
        ManagedFields.TrackUpdate(
            SchemaRegistry.BuiltIn.Find(s_kind)!, null, request, new FieldOwner(manager, s_kind.ApiVersion, "token"), clock.GetUtcNow());
        var metadata = Metadata.Of(request);
        if (store.Get(scope.Key) is { } account && metadata.String("uid") is not { Length: > 0 })
        {
            metadata["name"] ??= account.Key.Name;
            metadata["namespace"] = account.Key.Namespace;
            metadata["uid"] = account.Index.Uid;
            metadata["creationTimestamp"] = Metadata.Time(clock.GetUtcNow());
        }
        if (spec.Array("audiences") is not { Count: > 0 })
        {
            spec["audiences"] = new JsonArray([(JsonValue)ServiceAccountTokens.Issuer]);
        }
    }

    private static JsonObject Answer(StoredObject account, JsonObject request, long seconds, IssuedToken issued, DateTimeOffset now)
    {
        var metadata = Metadata.Of(request).CloneObject();
        metadata["name"] = account.Key.Name;
        metadata["namespace"] = account.Key.Namespace;
        metadata["uid"] = account.Index.Uid;
        metadata["creationTimestamp"] = Metadata.Time(now);
        return new JsonObject
        {
            ["kind"] = "TokenRequest",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["audiences"] = new JsonArray(issued.Audiences.Select(static audience => (JsonValue)audience)),
                ["expirationSeconds"] = seconds,
                ["boundObjectRef"] = request.Object("spec")!["boundObjectRef"] ?? JsonNull.Instance,
            },
            ["status"] = new JsonObject
            {
                ["token"] = issued.Token,
                ["expirationTimestamp"] = Metadata.Time(issued.Expires),
            },
        };
    }

    private ApiResult<(BoundObject? Object, BoundObject? Node)> Bind(RequestScope scope, JsonObject? reference)
    {
        if (reference is null)
        {
            return (null, null);
        }
        var kind = reference.String("kind") ?? "";
        var name = reference.String("name") ?? "";
        var apiVersion = reference.String("apiVersion") ?? "";
        ObjectKey key;
        switch (apiVersion.Contains('/') ? "" : kind)
        {
            case "Pod":
                key = new("pods", scope.Namespace, name);
                break;
            case "Secret":
                key = new("secrets", scope.Namespace, name);
                break;
            case "Node":
                key = new("nodes", "", name);
                break;
            default:
                return Statuses.BadRequest($"cannot bind token to object of type {(apiVersion.Contains('/') ? apiVersion : "/" + apiVersion)}, Kind={kind}");
        }
        if (name.Length == 0)
        {
            return Statuses.BadRequest("Name parameter required.");
        }
        if (store.Get(key) is not { } found)
        {
            return Statuses.NotFound(key.Resource, name);
        }
        BoundObject? node = null;
        if (kind == "Pod")
        {
            var spec = JsonTree.ParseObject(found.Json.Span).Object("spec");
            if (spec?.String("serviceAccountName") != scope.Name)
            {
                return Statuses.BadRequest($"cannot bind token for serviceaccount \"{scope.Name}\" to pod running with different serviceaccount name.");
            }
            if (spec?.String("nodeName") is { Length: > 0 } nodeName)
            {
                node = new BoundObject("Node", nodeName, store.Get(new("nodes", "", nodeName))?.Index.Uid ?? "");
            }
        }
        if (reference.String("uid") is { Length: > 0 } uid && uid != found.Index.Uid)
        {
            return Statuses.Conflict($"{kind}", name,
                $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }
        return (new BoundObject(kind, name, found.Index.Uid), node);
    }

    private static Proa.Api.Models.Meta.Status Mismatch(RequestScope scope, string name) =>
        Statuses.Invalid("authentication.k8s.io", "TokenRequest", scope.Name, new[]
        {
            FieldError.Invalid("metadata.name", name, "must match the service account name if specified"),
        });

    private static Proa.Api.Models.Meta.Status Invalid(string field, string message) =>
        Statuses.Invalid("authentication.k8s.io", "TokenRequest", "", [Statuses.Cause("FieldValueInvalid", field, message)]);
}

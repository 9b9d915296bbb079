using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security.Authorization;
using Proa.ApiServer.Virtual;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>May this user do that: the three reviews differ in whom they ask about, and where.</summary>
internal sealed class AccessReviews(AccessReviewKind kind, ClusterAuthorizer authorizer, TimeProvider time) : IVirtualResource
{
    public string Group => "authorization.k8s.io";

    public string Plural => kind switch
    {
        AccessReviewKind.Self => "selfsubjectaccessreviews",
        AccessReviewKind.Local => "localsubjectaccessreviews",
        _ => "subjectaccessreviews",
    };

    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, JsonObject? body, CancellationToken ct)
    {
        var spec = body!.EnsureObject("spec");
        if (Invalid(body, spec, request) is { } refusal)
        {
            return ApiResponse.Of(refusal);
        }
        if (kind == AccessReviewKind.Local)
        {
            body.EnsureObject("metadata")["namespace"] = request.Info.Namespace;
        }
        var user = kind == AccessReviewKind.Self ? request.User : User(spec);
        var decision = await authorizer.ReviewAsync(user, AskedAccess.Read(spec, out var unread), ct);
        var status = new JsonObject { ["allowed"] = decision.Allowed };
        if (decision.Denied)
        {
            status["denied"] = true;
        }
        if (string.Join("; ", unread.Prepend(decision.Error ?? "").Where(static text => text.Length > 0)) is { Length: > 0 } error)
        {
            status["evaluationError"] = error;
        }
        if (decision.Reason.Length > 0)
        {
            status["reason"] = decision.Reason;
        }
        return ReviewAnswer.Created(request, body, status, time);
    }

    private Status? Invalid(JsonObject body, JsonObject spec, ApiRequest request)
    {
        if (kind == AccessReviewKind.Local && body.Object("metadata")?.String("namespace") is { Length: > 0 } ns && ns != request.Info.Namespace)
        {
            return Statuses.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
        var errors = new FieldErrors();
        var resource = spec.Object("resourceAttributes");
        var path = spec.Object("nonResourceAttributes");
        if (resource is not null && path is not null)
        {
            var shown = new JsonObject { ["Path"] = path.String("path") ?? "", ["Verb"] = path.String("verb") ?? "" };
            errors.Invalid("spec.nonResourceAttributes", shown, "cannot be specified in combination with resourceAttributes");
        }
        if (resource is null && path is null)
        {
            errors.Invalid("spec.resourceAttributes", JsonNull.Instance, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }
        if (kind != AccessReviewKind.Self && string.IsNullOrEmpty(spec.String("user")) && spec.Array("groups") is not { Count: > 0 })
        {
            errors.Invalid("spec.user", "", "at least one of user or group must be specified");
        }
        SelectorRules.Check(resource, errors);
        CheckMetadata(body, errors);
        if (kind == AccessReviewKind.Local)
        {
            if (resource is not null && (resource.String("namespace") ?? "") != request.Info.Namespace)
            {
                errors.Invalid("spec.resourceAttributes.namespace", resource.String("namespace") ?? "", "must match metadata.namespace");
            }
            if (path is not null)
            {
                var shown = new JsonObject { ["Path"] = path.String("path") ?? "", ["Verb"] = path.String("verb") ?? "" };
                errors.Invalid("spec.nonResourceAttributes", shown, "disallowed on this kind of request");
            }
        }
        // The original has lost the kind's name when it comes here.
        return errors.Count > 0 ? Statuses.Invalid(Group, "", "", errors.All) : null;
    }

    private void CheckMetadata(JsonObject body, FieldErrors errors)
    {
        if (body.Object("metadata") is not { } metadata)
        {
            return;
        }
        foreach (var (name, value) in metadata)
        {
            var empty = value is JsonNull or JsonString { Value: "" } or JsonObject { Count: 0 } or JsonArray { Count: 0 };
            if (!empty && name is not ("managedFields" or "creationTimestamp") && !(kind == AccessReviewKind.Local && name == "namespace"))
            {
                errors.Invalid("metadata", metadata, kind == AccessReviewKind.Local ? "must be empty except for namespace" : "must be empty");
                return;
            }
        }
    }

    private static UserInfo User(JsonObject spec)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (key, values) in spec.Object("extra") ?? [])
        {
            extra[key.ToLowerInvariant()] = UserJson.Strings(values as JsonArray);
        }
        return new(spec.String("user") ?? "", UserJson.Strings(spec.Array("groups"))) { Uid = spec.String("uid") ?? "", Extra = extra };
    }
}

internal enum AccessReviewKind
{
    Self,
    Subject,
    Local,
}

using Proa.Api.Json;
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

    public ValueTask<ApiResponse> HandleAsync(ApiRequest request, JsonObject? body, CancellationToken ct)
    {
        var spec = body!.EnsureObject("spec");
        var user = kind == AccessReviewKind.Self ? request.User : User(spec);
        if (Invalid(spec, user, request) is { } refusal)
        {
            return new(ApiResponse.Of(refusal));
        }
        var decision = authorizer.Review(user, Asked(spec));
        var status = new JsonObject { ["allowed"] = decision.Allowed };
        if (decision.Reason.Length > 0)
        {
            status["reason"] = decision.Reason;
        }
        return new(ReviewAnswer.Created(request, body, status, time));
    }

    private Proa.Api.Models.Meta.Status? Invalid(JsonObject spec, UserInfo user, ApiRequest request)
    {
        var kindName = kind switch
        {
            AccessReviewKind.Self => "SelfSubjectAccessReview",
            AccessReviewKind.Local => "LocalSubjectAccessReview",
            _ => "SubjectAccessReview",
        };
        var resource = spec.Object("resourceAttributes");
        var path = spec.Object("nonResourceAttributes");
        if (resource is null && path is null)
        {
            return Statuses.Invalid(Group, kindName, "", [Statuses.Cause("FieldValueRequired", "spec.resourceAttributes",
                "Required value: exactly one of nonResourceAttributes or resourceAttributes must be specified")]);
        }
        if (resource is not null && path is not null)
        {
            return Statuses.Invalid(Group, kindName, "", [Statuses.Cause("FieldValueInvalid", "spec.nonResourceAttributes",
                "Invalid value: cannot be specified in combination with resourceAttributes")]);
        }
        if (kind != AccessReviewKind.Self && user.Name.Length == 0 && user.Groups.Count == 0)
        {
            return Statuses.Invalid(Group, kindName, "", [Statuses.Cause("FieldValueRequired", "spec.user",
                "Required value: at least one of user or group must be specified")]);
        }
        if (kind == AccessReviewKind.Local && (resource?.String("namespace") ?? "") != request.Info.Namespace)
        {
            return Statuses.Invalid(Group, kindName, "", [Statuses.Cause("FieldValueInvalid", "spec.resourceAttributes.namespace",
                $"Invalid value: \"{resource?.String("namespace")}\": must match metadata.namespace")]);
        }
        return null;
    }

    private static UserInfo User(JsonObject spec) => new(spec.String("user") ?? "", UserJson.Strings(spec.Array("groups")))
    {
        Uid = spec.String("uid") ?? "",
    };

    private static RequestInfo Asked(JsonObject spec)
    {
        if (spec.Object("resourceAttributes") is not { } asked)
        {
            var path = spec.Object("nonResourceAttributes")!;
            return new(path.String("verb") ?? "", path.String("path") ?? "");
        }
        return new(asked.String("verb") ?? "", "")
        {
            IsResource = true,
            Group = asked.String("group") ?? "",
            Version = asked.String("version") ?? "",
            Resource = asked.String("resource") ?? "",
            Subresource = asked.String("subresource") ?? "",
            Namespace = asked.String("namespace") ?? "",
            Name = asked.String("name") ?? "",
        };
    }
}

internal enum AccessReviewKind
{
    Self,
    Subject,
    Local,
}

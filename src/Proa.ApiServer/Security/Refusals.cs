using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Security;

/// <summary>The Statuses with which a request is refused for who sends it, worded as Kubernetes words them.</summary>
public static class Refusals
{
    public static readonly Status Unauthorized = new()
    {
        ApiVersion = "v1",
        Kind = "Status",
        StatusValue = "Failure",
        Message = "Unauthorized",
        Reason = "Unauthorized",
        Code = 401,
    };

    public static Status BadRequest(string message) => new()
    {
        ApiVersion = "v1",
        Kind = "Status",
        StatusValue = "Failure",
        Message = message,
        Reason = "BadRequest",
        Code = 400,
    };

    /// <summary>An object without a name whose one field is wrong.</summary>
    public static Status Invalid(string group, string kind, string field, string reason, string message) => new()
    {
        ApiVersion = "v1",
        Kind = "Status",
        StatusValue = "Failure",
        Message = $"{kind}.{group} \"\" is invalid: {field}: {message}",
        Reason = "Invalid",
        Code = 422,
        Details = new() { Group = group, Kind = kind, Causes = [new() { Field = field, Message = message, Reason = reason }] },
    };

    /// <param name="reason">What the authorizer added; may be empty.</param>
    public static Status Forbidden(UserInfo user, RequestInfo request, string reason)
    {
        var what = request.IsResource ? ResourceAction(user, request) : $"User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"";
        var details = reason.Length == 0 ? what : $"{what}: {reason}";
        var subject = !request.IsResource ? "forbidden: "
            : request.Name.Length == 0 ? $"{request.GroupResource} is forbidden: "
            : $"{request.GroupResource} \"{request.Name}\" is forbidden: ";
        return new()
        {
            ApiVersion = "v1",
            Kind = "Status",
            StatusValue = "Failure",
            Message = subject + details,
            Reason = "Forbidden",
            Code = 403,
            Details = new()
            {
                Group = NullIfEmpty(request.Group),
                Kind = NullIfEmpty(request.Resource),
                Name = request.IsResource ? NullIfEmpty(request.Name) : null,
            },
        };
    }

    private static string ResourceAction(UserInfo user, RequestInfo request)
    {
        var resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        var where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return $"User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {where}";
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

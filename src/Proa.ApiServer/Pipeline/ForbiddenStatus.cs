using Proa.Api.Models.Meta;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Pipeline;

/// <summary>The 403 that tells who may not do what, where.</summary>
public static class ForbiddenStatus
{
    /// <param name="reason">Appended when not empty.</param>
    public static Status Of(UserInfo user, RequestInfo info, string reason)
    {
        var tail = reason.Length == 0 ? "" : ": " + reason;
        if (!info.IsResource)
        {
            return Statuses.ForbiddenPath($"forbidden: User \"{user.Name}\" cannot {info.Verb} path \"{info.Path}\"{tail}");
        }
        var resource = info.Subresource.Length == 0 ? info.Resource : $"{info.Resource}/{info.Subresource}";
        var scope = info.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{info.Namespace}\"";
        return Statuses.Forbidden(info.GroupResource, info.Name,
            $"User \"{user.Name}\" cannot {info.Verb} resource \"{resource}\" in API group \"{info.Group}\" {scope}{tail}");
    }
}

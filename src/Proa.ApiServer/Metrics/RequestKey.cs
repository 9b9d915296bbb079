using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Metrics;

/// <summary>The labels by which requests are counted: only of what is served, so that no client can make them without end.</summary>
internal readonly record struct RequestKey(
    string Verb, string DryRun, string Group, string Version, string Resource, string Subresource, string Scope, string Component)
{
    public static RequestKey Of(RequestInfo info, RequestQuery query, string contentType, ITypeCatalog types)
    {
        if (!info.IsResource)
        {
            var known = info.Path is "/healthz" or "/livez" or "/readyz" or "/metrics" or "/version";
            return new(Method(info.Verb), "", "", "", "", known ? info.Path : "", "", "");
        }
        if (types.Find(info.Group, info.Version, info.Resource) is not { } type)
        {
            return new(Verbs(info, contentType), "", "", "", "", "", "", "apiserver");
        }
        var scope = info.Name.Length > 0 ? "resource" : info.Namespace.Length > 0 ? "namespace" : "cluster";
        var dryRun = query["dryRun"] is "All" ? "All" : "";
        return new(Verbs(info, contentType), dryRun, type.Group, type.Version, type.Plural, KnownSubresource(type, info.Subresource), scope, "apiserver");
    }

    private static string KnownSubresource(ServedType type, string subresource)
    {
        if (subresource.Length == 0)
        {
            return "";
        }
        foreach (var known in type.Subresources)
        {
            if (subresource.StartsWith(known.Name, StringComparison.Ordinal))
            {
                return known.Name;
            }
        }
        return "";
    }

    private static string Verbs(RequestInfo info, string contentType) => info.Subresource switch
    {
        "exec" or "attach" or "portforward" => "CONNECT",
        _ when info.Subresource.StartsWith("proxy", StringComparison.Ordinal) => "CONNECT",
        _ => info.Verb switch
        {
            "get" => "GET",
            "list" => "LIST",
            "watch" => "WATCH",
            "create" => "POST",
            "update" => "PUT",
            "patch" => contentType.StartsWith("application/apply-patch", StringComparison.Ordinal) ? "APPLY" : "PATCH",
            "delete" => "DELETE",
            "deletecollection" => "DELETECOLLECTION",
            _ => "unknown",
        },
    };

    private static string Method(string verb) => verb switch
    {
        "get" => "GET",
        "head" => "HEAD",
        "post" => "POST",
        "put" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        "options" => "OPTIONS",
        _ => "unknown",
    };
}

using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Proxying;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Subresources;

/// <summary><c>…/proxy</c> of nodes, pods and services: any method, to what is behind the name.</summary>
internal sealed class ProxySubresource(ProxyLocator locator, ProxyForwarder forwarder, NodePages pages, SubresourceAdmission admission) : ISubresource
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        if (await admission.ConnectAsync(scope, ct) is { } refused)
        {
            return ApiResponse.Of(refused);
        }
        var (prefix, path) = Split(scope.Request.Path);
        if (scope.Type.Plural == "nodes" && await pages.TryHandleAsync(scope.Request, scope.Name, path, ct) is { } page)
        {
            return page;
        }
        var found = locator.Find(scope.Type.Plural, scope.Namespace, scope.Name);
        if (!found.Ok)
        {
            return ApiResponse.Of(found.Error);
        }
        return new StreamResponse((context, aborted) => forwarder.ForwardAsync(context, found.Value, prefix, path, aborted));
    }

    /// <summary>At the segment <c>proxy</c> that follows the name: a name cannot hold it, as a slash would end it.</summary>
    private static (string Prefix, string Path) Split(string whole)
    {
        const string Proxy = "/proxy";
        // /api/v1/nodes/NAME/proxy, /api/v1/namespaces/NS/pods/NAME/proxy
        var segments = whole.StartsWith("/api/v1/namespaces/", StringComparison.Ordinal) ? 6 : 4;
        var at = 0;
        for (var i = 0; i < segments && at >= 0; i++)
        {
            at = whole.IndexOf('/', at + 1);
        }
        var end = at < 0 ? whole.Length : Math.Min(whole.Length, at + Proxy.Length);
        return (whole[..end], whole[end..]);
    }
}

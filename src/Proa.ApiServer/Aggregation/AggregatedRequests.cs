using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Proxying;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// Hands requests for versions of groups that an APIService gives to another server on to it, with the headers that say who asks.
/// They have been authenticated and authorized here. Thread-safe.
/// </summary>
internal sealed partial class AggregatedRequests(
    ApiServiceRegistry registry, ExtensionClient client, ExtensionConnections connections, ProxyForwarder forwarder, TimeProvider clock, ILogger logger)
{
    // Clients ask for discovery before anything else, of all versions: a slow one must not hold them up.
    private static readonly TimeSpan s_discoveryTimeout = TimeSpan.FromSeconds(5);
    private readonly LocalCalls _local = new(client, clock);

    /// <returns>Null: the request is for this server.</returns>
    public ApiService? Find(RequestInfo info)
    {
        var table = registry.Current;
        if (table.Remote.Count == 0)
        {
            return null;
        }
        if (info.IsResource)
        {
            return table.FindRemote(info.Group, info.Version);
        }
        return info.Path.Trim('/').Split('/') is ["apis", var group, var version] ? table.FindRemote(group, version) : null;
    }

    /// <summary>Knows what the store holds.</summary>
    public void CatchUp() => registry.CatchUp();

    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, ApiService service, CancellationToken ct)
    {
        var server = service.Server!;
        if (!service.Available)
        {
            return Unavailable(request, "service unavailable");
        }
        ProxyTarget target;
        try
        {
            target = client.Locate(server);
        }
        catch (WebhookCallException e)
        {
            NotResolved(server.Namespace, server.Service, e.Message);
            return Unavailable(request, "service unavailable");
        }
        if (request.InProcess)
        {
            return await _local.SendAsync(request, server, target, ct);
        }
        return Forward(request, server, target, request.Info.IsResource ? Timeout.InfiniteTimeSpan : s_discoveryTimeout);
    }

    /// <summary>Sends a request on that is for another path of the server's than those of its versions, such as its schemas.</summary>
    public ApiResponse Forward(ApiRequest request, ExtensionServer server)
    {
        try
        {
            return Forward(request, server, client.Locate(server), Timeout.InfiniteTimeSpan);
        }
        catch (WebhookCallException e)
        {
            NotResolved(server.Namespace, server.Service, e.Message);
            return Unavailable(request, "service unavailable");
        }
    }

    /// <summary>In the original's form: a text for clients, which is what its proxies say.</summary>
    public static ApiResponse Unavailable(ApiRequest request, string text) => request.InProcess
        ? ApiResponse.Of(Statuses.Failure(503, "ServiceUnavailable", text))
        : ApiResponse.Text(503, text + "\n");

    private StreamResponse Forward(ApiRequest request, ExtensionServer server, ProxyTarget target, TimeSpan limit)
    {
        var peer = new ProxyPeer(connections.Of(server), server.HostName, static name => !UserHeaders.Is(name), headers => UserHeaders.Put(headers, request.User));
        return new((context, ct) => ForwardAsync(context, target with { Peer = peer }, limit, ct));
    }

    private async Task ForwardAsync(HttpContext context, ProxyTarget target, TimeSpan limit, CancellationToken ct)
    {
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var end = path.IndexOf('?');
        using var late = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await forwarder.ForwardAsync(context, target, "", end < 0 ? path : path[..end], either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && !context.Response.HasStarted)
        {
            await ProxyForwarder.RefuseAsync(context, 503, "error trying to reach service: context deadline exceeded", ct);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "error resolving {Namespace}/{Service}: {Reason}")]
    private partial void NotResolved(string @namespace, string service, string reason);
}

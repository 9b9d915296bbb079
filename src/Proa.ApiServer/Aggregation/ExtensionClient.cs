using System.Net;
using Proa.ApiServer.Proxying;
using Proa.ApiServer.Security;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Aggregation;

/// <summary>Asks extension servers on this server's own account: for discovery, schemas, and what parts of this process want. Thread-safe.</summary>
internal sealed class ExtensionClient(ServiceEndpoints services, ExtensionConnections connections)
{
    private const int MaxDocument = 64 * 1024 * 1024;

    /// <exception cref="WebhookCallException">Nobody answers for its Service.</exception>
    public ProxyTarget Locate(ExtensionServer server)
    {
        var place = services.Resolve(server.Namespace, server.Service, server.Port);
        return new ProxyTarget("https", place.Host, place.Port);
    }

    /// <param name="path">With its query, escaped.</param>
    public static HttpRequestMessage Request(HttpMethod method, ExtensionServer server, ProxyTarget target, string path, UserInfo user)
    {
        var request = new HttpRequestMessage(method, new Uri(
            $"{target.Scheme}://{target.Authority}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            // Who asks is told in headers that this version alone can repeat.
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = server.HostName;
        UserHeaders.Put(request.Headers, user);
        return request;
    }

    /// <summary>The answer's head; its body is still to be read.</summary>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    public Task<HttpResponseMessage> SendAsync(ExtensionServer server, HttpRequestMessage request, CancellationToken ct) =>
        connections.Of(server).SendAsync(request, ct);

    /// <summary>Fetches a document.</summary>
    /// <param name="tag">Of the one that is there already; empty: none is.</param>
    /// <exception cref="HttpRequestException">There is no answer.</exception>
    /// <exception cref="WebhookCallException">Nobody answers for its Service.</exception>
    public async Task<Fetched> FetchAsync(ExtensionServer server, string path, string accept, string tag, UserInfo user, CancellationToken ct)
    {
        using var request = Request(HttpMethod.Get, server, Locate(server), path, user);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (tag.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }
        using var response = await SendAsync(server, request, ct);
        await response.Content.LoadIntoBufferAsync(MaxDocument, ct);
        return new(
            (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(ct), response.Content.Headers.ContentType?.ToString() ?? "",
            response.Headers.NonValidated.TryGetValues("ETag", out var tags) ? tags.ToString() : "");
    }

    public void Renew(ExtensionServer server) => connections.Renew(server);

    internal sealed record Fetched(int Code, byte[] Body, string ContentType, string Tag);
}

using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Proa.Api.Models;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Proxying;

/// <summary>Sends a request on as it came, and its answer back, upgrades (WebSocket and others) included. Thread-safe.</summary>
internal sealed class ProxyForwarder : IDisposable
{
    private const int MaxPage = 4 * 1024 * 1024;
    private const string TokenProtocol = "base64url.bearer.authorization.k8s.io.";

    // What belongs to one connection, and what names or authenticates the client to the API server.
    private static readonly HashSet<string> s_dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host",
        "Authorization",
    };

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        // Pods show certificates that nobody here knows: the original does not check them either.
        SslOptions = new() { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    });

    /// <param name="prefix">The path of the proxy itself, still escaped.</param>
    /// <param name="path">What comes after it, still escaped; empty or with a slash first.</param>
    public async Task ForwardAsync(HttpContext context, ProxyTarget target, string prefix, string path, CancellationToken ct)
    {
        var upgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
        if (path.Length == 0 && !upgrade && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            // Relative links of a page lead nowhere otherwise.
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = prefix + "/" + context.Request.QueryString.Value;
            return;
        }
        // The root is a slash: a request line cannot do without one.
        path = path.Length == 0 ? "/" : path;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // It goes through, it is not kept: what it is limited to is the backend's to say.
            limit.MaxRequestBodySize = null;
        }
        HttpResponseMessage response;
        try
        {
            using var request = Request(context, target, prefix, path, upgrade);
            response = await (target.Peer?.Client ?? _client).SendAsync(request, ct);
        }
        catch (HttpRequestException e)
        {
            var reason = $"error trying to reach service: {ConnectionFailure.Text(e, target)}";
            await (target.Peer is null
                ? RefuseAsync(context, Statuses.Failure(503, "ServiceUnavailable", reason), ct)
                : RefuseAsync(context, 503, reason, ct));
            return;
        }
        using (response)
        {
            if (target.Peer is not null && (int)response.StatusCode is >= 300 and <= 399 && response.Headers.NonValidated.Contains("Location"))
            {
                // It would send the client's credentials wherever it likes.
                const string Refusal = "the backend attempted to redirect this request, which is not permitted";
                context.Response.StatusCode = 502;
                context.Response.ContentType = "text/plain; charset=utf-8";
                context.Response.ContentLength = Refusal.Length;
                await context.Response.WriteAsync(Refusal, ct);
                return;
            }
            if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                await UpgradeAsync(context, response, ct);
                return;
            }
            await AnswerAsync(context, response, new ProxyLinks(HostOf(context, target), prefix, target.Authority), ct);
        }
    }

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(HttpContext context, ProxyTarget target, string prefix, string path, bool upgrade)
    {
        var from = context.Request;
        var request = new HttpRequestMessage(new HttpMethod(from.Method), new Uri(
            $"{target.Scheme}://{target.Authority}{(path.Length == 0 ? "/" : path)}{from.QueryString.Value}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        var hasBody = !upgrade && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        if (hasBody)
        {
            request.Content = new StreamContent(from.Body);
        }
        foreach (var (name, values) in from.Headers)
        {
            if (s_dropped.Contains(name) || name.StartsWith(':') || name.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase)
                || target.Peer?.Keeps(name) == false)
            {
                continue;
            }
            if (name.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase))
            {
                AddProtocols(request, values);
                continue;
            }
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
        if (upgrade)
        {
            request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", (IEnumerable<string?>)from.Headers.Upgrade);
        }
        if (context.Connection.RemoteIpAddress is { } client)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", client.ToString());
        }
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", HostOf(context, target));
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", from.Scheme);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Uri", prefix + path);
        if (target.Peer is { } peer)
        {
            request.Headers.Host = peer.HostName;
            // One request has one record, whoever writes it.
            request.Headers.Remove("Audit-ID");
            request.Headers.TryAddWithoutValidation("Audit-ID", context.Response.Headers["Audit-Id"].ToString());
            peer.Introduce(request.Headers);
        }
        return request;
    }

    /// <summary>Whose links are meant: what a server of a part of the API names as its own leads to itself, as in the original.</summary>
    private static string HostOf(HttpContext context, ProxyTarget target) => target.Peer is null ? context.Request.Host.Value ?? "" : target.Authority;

    /// <summary>All but the one by which a browser sends its bearer token: it is this server's alone.</summary>
    private static void AddProtocols(HttpRequestMessage request, IEnumerable<string?> values)
    {
        var kept = values.SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(static protocol => !protocol.StartsWith(TokenProtocol, StringComparison.Ordinal));
        if (string.Join(", ", kept) is { Length: > 0 } protocols)
        {
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", protocols);
        }
    }

    private static async Task AnswerAsync(HttpContext context, HttpResponseMessage from, ProxyLinks links, CancellationToken ct)
    {
        var response = context.Response;
        response.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            // Which pages may read the answer is the API server's to say.
            if (!s_dropped.Contains(name) && !name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
            {
                response.Headers[name] = values.ToArray();
            }
        }
        foreach (var (name, values) in from.Content.Headers.NonValidated)
        {
            response.Headers[name] = values.ToArray();
        }
        if (response.Headers.Location.ToString() is { Length: > 0 } location)
        {
            response.Headers.Location = links.Rewrite(location);
        }
        else if (from.Content.Headers.ContentType?.MediaType == "text/html" && from.Content.Headers.ContentEncoding.Count <= 1
            && await ReadPageAsync(from, ct) is { } page)
        {
            response.Headers.Remove("Content-Encoding");
            var rewritten = Encoding.UTF8.GetBytes(links.RewriteHtml(page));
            response.ContentLength = rewritten.Length;
            await response.Body.WriteAsync(rewritten, ct);
            return;
        }
        await response.StartAsync(ct);
        if (response.ContentLength is null)
        {
            // The header goes out at once: what follows may take its time.
            await response.Body.FlushAsync(ct);
        }
        var body = await from.Content.ReadAsStreamAsync(ct);
        await PumpAsync(body, response.Body, ct);
    }

    /// <summary>Null where it is too large or packed in a way that is not known: then it goes through as it is.</summary>
    private static async Task<string?> ReadPageAsync(HttpResponseMessage from, CancellationToken ct)
    {
        var encoding = from.Content.Headers.ContentEncoding.FirstOrDefault() ?? "";
        if (from.Content.Headers.ContentLength > MaxPage || encoding is not ("" or "gzip"))
        {
            return null;
        }
        var stream = await from.Content.ReadAsStreamAsync(ct);
        using var reader = new StreamReader(encoding == "gzip" ? new GZipStream(stream, CompressionMode.Decompress) : stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(ct);
    }

    private static async Task UpgradeAsync(HttpContext context, HttpResponseMessage from, CancellationToken ct)
    {
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }
        await using var client = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        await using var server = await from.Content.ReadAsStreamAsync(ct);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var toServer = PumpAsync(client, server, over.Token);
        var toClient = PumpAsync(server, client, over.Token);
        await Task.WhenAny(toServer, toClient);
        // The other side has said all; what it was sent is on its way.
        await over.CancelAsync();
        await Task.WhenAll(Quiet(toServer), Quiet(toClient));
    }

    private static async Task PumpAsync(Stream from, Stream to, CancellationToken ct)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer, ct)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), ct);
            await to.FlushAsync(ct);
        }
    }

    private static async Task Quiet(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side hung up.
        }
    }

    private static Task RefuseAsync(HttpContext context, Status status, CancellationToken ct)
    {
        context.Response.StatusCode = status.Code ?? 503;
        context.Response.ContentType = ApiResponse.Json;
        return context.Response.Body.WriteAsync(Model.ToUtf8(status), ct).AsTask();
    }

    public static Task RefuseAsync(HttpContext context, int code, string text, CancellationToken ct)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(text + "\n", ct);
    }
}

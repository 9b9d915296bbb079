using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.Proxying;

namespace Proa.ApiServer.Webhooks;

/// <summary>
/// Posts reviews to webhooks and reads their answers. Connections are kept, one pool for each target. Thread-safe.
/// </summary>
internal sealed class WebhookClient(ServiceEndpoints services, TimeProvider clock) : IDisposable
{
    private const int MaxAnswer = 8 * 1024 * 1024;
    private const int MaxTargets = 256;
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<WebhookTarget, HttpClient> _clients = new();

    /// <exception cref="WebhookCallException">It did not answer with an object, in time.</exception>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async ValueTask<JsonObject> PostAsync(WebhookTarget target, JsonObject review, TimeSpan timeout, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        var address = Address(target, timeout);
        try
        {
            using var request = Request(address, review);
            using var response = await ClientOf(target).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var body = await response.Content.ReadAsByteArrayAsync(both.Token);
            return Read(response.StatusCode, response.Content.Headers.ContentType?.MediaType, body);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new WebhookCallException($"Post \"{Shown(target, address)}\": context deadline exceeded");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new WebhookCallException($"Post \"{Shown(target, address)}\": {Reason(e, address)}");
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private static HttpRequestMessage Request(Uri address, JsonObject review)
    {
        var content = new ByteArrayContent(JsonTree.ToUtf8(review));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        request.Headers.Accept.Add(new("application/json"));
        request.Headers.UserAgent.ParseAdd("kube-apiserver-admission");
        return request;
    }

    /// <summary>A Service's address always has its port.</summary>
    private static string Shown(WebhookTarget target, Uri address) =>
        target.IsService && address.IsDefaultPort ? $"{address.Scheme}://{address.Host}:{address.Port}{address.PathAndQuery}" : address.ToString();

    private static Uri Address(WebhookTarget target, TimeSpan timeout)
    {
        var separator = target.Address.Contains('?') ? '&' : '?';
        var text = $"{target.Address}{separator}timeout={(int)Math.Ceiling(timeout.TotalSeconds)}s";
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? address
            : throw new WebhookCallException($"Unparsable URL: parse \"{target.Address}\": it is no https address");
    }

    private static JsonObject Read(HttpStatusCode code, string? contentType, byte[] body)
    {
        if ((int)code is < 200 or > 299)
        {
            throw new WebhookCallException(StatusIn(body) ?? Refusal(
                (int)code, contentType?.StartsWith("text/", StringComparison.Ordinal) != false ? Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 2048)) : "unknown"));
        }
        if (body.Length == 0)
        {
            throw new WebhookCallException($"0-length response with status code: {(int)code} and content type: {contentType}");
        }
        if (body.AsSpan().TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)'[', ..])
        {
            throw new WebhookCallException(NoObject);
        }
        try
        {
            return JsonTree.ParseObject(body);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new WebhookCallException($"couldn't get version/kind; json parse error: {e.Message}");
        }
    }

    private const string NoObject =
        "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";

    /// <summary>A server that speaks as an API server does says itself why.</summary>
    private static string? StatusIn(byte[] body)
    {
        try
        {
            return body is [(byte)'{', ..] && JsonTree.ParseObject(body) is var status && status.String("kind") == "Status" && status.String("status") != "Success"
                ? status.String("message") ?? ""
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What the original's client says of an answer that is no success.</summary>
    private static string Refusal(int code, string body) => code switch
    {
        401 => "the server has asked for the client to provide credentials",
        403 => body.Length > 0 ? body : "forbidden",
        404 => "the server could not find the requested resource",
        405 => "the server does not allow this method on the requested resource",
        429 => "the server has received too many requests and has asked us to try again later",
        503 => body.Length > 0 ? body : "the server is currently unable to handle the request",
        504 => "the server was unable to return a response in the time allotted, but may still be processing the request",
        >= 500 => $"an error on the server ({new JsonString(body)}) has prevented the request from succeeding",
        _ => "the server rejected our request for an unknown reason",
    };

    private static string Reason(Exception exception, Uri address)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case WebhookCallException known:
                    return known.Message;
                case AuthenticationException:
                    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return $"dial tcp {address.Host}:{address.Port}: connect: connection refused";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return $"dial tcp: lookup {address.Host}: no such host";
                case SocketException socket:
                    return $"dial tcp {address.Host}:{address.Port}: connect: {socket.Message}";
            }
        }
        return exception is IOException || exception.InnerException is IOException ? "EOF" : exception.Message;
    }

    private HttpClient ClientOf(WebhookTarget target)
    {
        if (_clients.TryGetValue(target, out var known))
        {
            return known;
        }
        if (_clients.Count >= MaxTargets)
        {
            // Configurations that changed leave their targets behind; those in use are made again at once.
            foreach (var old in _clients.Keys)
            {
                _clients.TryRemove(old, out _);
            }
        }
        return _clients.GetOrAdd(target, Make);
    }

    private HttpClient Make(WebhookTarget target)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = s_idle,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        };
        if (target.Authority.Length > 0)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = ServerTrust.Of(target.Authority);
        }
        if (target.IsService)
        {
            handler.ConnectCallback = (_, ct) => ConnectAsync(target, ct);
        }
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
    }

    private async ValueTask<Stream> ConnectAsync(WebhookTarget target, CancellationToken ct)
    {
        var place = services.Resolve(target.ServiceNamespace, target.ServiceName, target.Port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            socket.Dispose();
            // Who refused is not the name that was called.
            throw new WebhookCallException($"dial tcp {(place.Host == "localhost" ? IPAddress.Loopback.ToString() : place.Host)}:{place.Port}: connect: connection refused");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

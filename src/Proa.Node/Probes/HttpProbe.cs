using System.Net.Security;
using Proa.Api.Models.Core;

namespace Proa.Node.Probes;

/// <summary>
/// GETs a URL: 200 to 399 is success. Redirects within the host are followed; certificates are not checked; each probe
/// makes a connection of its own. Thread-safe.
/// </summary>
internal sealed class HttpProbe(TimeProvider time) : IDisposable
{
    private const int MaxRedirects = 10;
    private const int MaxBody = 10 * 1024;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    });

    public async Task<ProbeOutcome> RunAsync(ProbeTarget target, HTTPGetAction action, TimeSpan timeout, CancellationToken ct)
    {
        if (target.PortOf(action.Port) is not { } port)
        {
            return ProbeOutcome.Error($"invalid port {action.Port}");
        }
        var host = string.IsNullOrEmpty(action.Host) ? target.Ip : action.Host;
        var scheme = string.IsNullOrEmpty(action.Scheme) ? "http" : action.Scheme.ToLowerInvariant();
        var path = action.Path ?? "/";
        var shown = $"{scheme}://{(host.Contains(':') ? $"[{host}]" : host)}:{port}{(path.StartsWith('/') ? "" : "/")}{path}";
        if (!Uri.TryCreate(shown, UriKind.Absolute, out var uri))
        {
            return ProbeOutcome.Error($"invalid URL {shown}");
        }
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            for (var hop = 0; ; hop++)
            {
                using var request = Request(uri, action);
                using var response = await _http.SendAsync(request, either.Token);
                var code = (int)response.StatusCode;
                if (code is >= 300 and < 400 && response.Headers.Location is { } location && hop < MaxRedirects)
                {
                    var next = new Uri(uri, location);
                    if (next.Host == uri.Host)
                    {
                        uri = next;
                        continue;
                    }
                }
                await DrainAsync(response, either.Token);
                return code is >= 200 and < 400 ? ProbeOutcome.Success : ProbeOutcome.Failure($"HTTP probe failed with statuscode: {code}");
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return ProbeOutcome.Failure($"Get \"{shown}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            ct.ThrowIfCancellationRequested();
            return ProbeOutcome.Failure($"Get \"{shown}\": {DialError.Describe(e, host, port)}");
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri uri, HTTPGetAction action)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        foreach (var header in action.HttpHeaders)
        {
            if (header.Name.Equals("host", StringComparison.OrdinalIgnoreCase))
            {
                request.Headers.Host = header.Value;
                continue;
            }
            request.Headers.Remove(header.Name);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }
        return request;
    }

    /// <summary>A little of the body, so that the server's write does not fail; no more than that.</summary>
    private static async Task DrainAsync(HttpResponseMessage response, CancellationToken ct)
    {
        using var body = await response.Content.ReadAsStreamAsync(ct);
        await body.ReadAtLeastAsync(new byte[MaxBody], MaxBody, throwOnEndOfStream: false, ct);
    }
}

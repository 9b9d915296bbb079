using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Client.Http;

namespace Proa.ApiServer.Security;

/// <summary>Posts reviews to another server that a kubeconfig names, five times where it fails for the moment. Thread-safe.</summary>
internal sealed class ReviewClient : IDisposable
{
    public const string Late = "context deadline exceeded";
    private const int Tries = 5;
    private const int MaxAnswer = 1024 * 1024;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private readonly KubeConfig _connection;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    /// <param name="timeout">Of one try.</param>
    public ReviewClient(KubeConfig connection, TimeSpan timeout, TimeProvider time)
    {
        (_connection, _timeout, _time) = (connection, timeout, time);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, SslOptions = Tls(connection) };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
    }

    /// <param name="asked">Told of each try: what became of it and how long it took.</param>
    /// <returns>The review's status, or why there is none.</returns>
    public async ValueTask<(JsonObject? Status, string? Error)> AskAsync(JsonObject review, Action<string, TimeSpan>? asked, CancellationToken ct)
    {
        var body = JsonTree.ToUtf8(review);
        var pause = s_pause;
        for (var i = 1; ; i++)
        {
            var started = _time.GetTimestamp();
            var (status, error, retry) = await TryAsync(body, ct);
            asked?.Invoke(error is null ? "success" : error == Late ? "timeout" : "error", _time.GetElapsedTime(started));
            if (status is not null || !retry || i == Tries)
            {
                return (status, error);
            }
            await Task.Delay(pause, _time, ct);
            pause *= 1.5;
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<(JsonObject? Status, string? Error, bool Retry)> TryAsync(byte[] review, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(_timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        var address = _connection.Server;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(review) };
            request.Content.Headers.ContentType = new("application/json");
            if (_connection.Token is { } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }
            using var response = await _http.SendAsync(request, both.Token);
            var body = await response.Content.ReadAsByteArrayAsync(both.Token);
            if (!response.IsSuccessStatusCode)
            {
                return (null, $"Post \"{address}\": the server answered {(int)response.StatusCode}",
                    response.StatusCode is HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.GatewayTimeout);
            }
            return (JsonTree.ParseObject(body).Object("status") ?? [], null, false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, Late, false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            return (null, $"Post \"{address}\": {e.Message}", e.InnerException is IOException);
        }
    }

    public static SslClientAuthenticationOptions Tls(KubeConfig connection)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = connection.TlsServerName };
        if (connection.SkipTlsVerify)
        {
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (connection.CertificateAuthorityPem is { } pem)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(pem);
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }
        if (connection is { ClientCertificatePem: { } certificate, ClientKeyPem: { } key })
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, key)];
        }
        return tls;
    }
}

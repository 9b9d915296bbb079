using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// Asks another server by a SubjectAccessReview, five times where it fails for the moment, and remembers its answers. Thread-safe.
/// </summary>
internal sealed class WebhookAuthorizer : IAuthorizer, IDisposable
{
    private const int Tries = 5;
    private const int LongestRemembered = 10_000;
    private const int MaxAnswer = 1024 * 1024;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly string _name;
    private readonly WebhookSettings _settings;
    private readonly TimeProvider _time;
    private readonly AuthorizationMetrics _metrics;
    private readonly HttpClient _http;
    private readonly AnswerCache _answers;

    public WebhookAuthorizer(string name, WebhookSettings settings, AuthorizationMetrics metrics, TimeProvider time)
    {
        (_name, _settings, _metrics, _time, _answers) = (name, settings, metrics, time, new(time));
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, SslOptions = Tls(settings) };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswer };
    }

    public async ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct)
    {
        var spec = ReviewSpec.Of(user, request);
        if (_settings.Conditions.Count > 0)
        {
            var (matches, wrong) = Match(spec, ct);
            if (wrong is not null)
            {
                return Failed(wrong);
            }
            if (!matches)
            {
                _metrics.ConditionExcluded(_name);
                return Decision.NoOpinion;
            }
        }
        var sent = ReviewSpec.Sent(spec);
        var key = sent.ToString();
        if (_answers.Find(key) is { } known)
        {
            return known;
        }
        var review = new JsonObject { ["kind"] = "SubjectAccessReview", ["apiVersion"] = "authorization.k8s.io/" + _settings.ReviewVersion, ["metadata"] = new JsonObject(), ["spec"] = Versioned(sent), ["status"] = new JsonObject { ["allowed"] = false } };
        var (status, error) = await AskAsync(JsonTree.ToUtf8(review), ct);
        if (status is null)
        {
            if (!_settings.FailsClosed)
            {
                _metrics.FailedOpen(_name, "error");
            }
            return Failed(error!);
        }
        var decision = Read(status);
        var span = decision.Allowed ? _settings.AllowedFor : _settings.RefusedFor;
        if (span > TimeSpan.Zero && key.Length < LongestRemembered)
        {
            _answers.Add(key, decision, span);
        }
        return decision;
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A condition that is false decides, even beside one that fails.</summary>
    private (bool Matches, string? Error) Match(JsonObject spec, CancellationToken ct)
    {
        List<string>? errors = null;
        foreach (var condition in _settings.Conditions)
        {
            var holds = condition.Holds(spec, ct, out var error);
            if (error is not null)
            {
                (errors ??= []).Add(error);
            }
            else if (!holds)
            {
                return (false, null);
            }
        }
        return errors is null ? (true, null) : (false, errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
    }

    private async ValueTask<(JsonObject? Status, string? Error)> AskAsync(byte[] review, CancellationToken ct)
    {
        var pause = s_pause;
        for (var i = 1; ; i++)
        {
            var started = _time.GetTimestamp();
            var (status, error, retry) = await TryAsync(review, ct);
            _metrics.WebhookAsked(_name, error is null ? "success" : error == Late ? "timeout" : "error", _time.GetElapsedTime(started));
            if (status is not null || !retry || i == Tries)
            {
                return (status, error);
            }
            await Task.Delay(pause, _time, ct);
            pause *= 1.5;
        }
    }

    private async ValueTask<(JsonObject? Status, string? Error, bool Retry)> TryAsync(byte[] review, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(_settings.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        var address = _settings.Connection.Server;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(review) };
            request.Content.Headers.ContentType = new("application/json");
            if (_settings.Connection.Token is { } token)
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

    private const string Late = "context deadline exceeded";

    private Decision Failed(string error) => new(false, "") { Denied = _settings.FailsClosed, Error = error };

    private static Decision Read(JsonObject status)
    {
        var (allowed, denied, reason) = (status.Bool("allowed") == true, status.Bool("denied") == true, status.String("reason") ?? "");
        return denied
            ? new(false, reason) { Denied = true, Error = allowed ? "webhook subject access review returned both allow and deny response" : "" }
            : new(allowed, reason);
    }

    // Before v1 the groups were named otherwise.
    private JsonObject Versioned(JsonObject spec)
    {
        if (_settings.ReviewVersion == "v1beta1" && spec["groups"] is { } groups)
        {
            spec.Remove("groups");
            spec["group"] = groups;
        }
        return spec;
    }

    private static SslClientAuthenticationOptions Tls(WebhookSettings settings)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = settings.Connection.TlsServerName };
        if (settings.Connection.SkipTlsVerify)
        {
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (settings.Connection.CertificateAuthorityPem is { } pem)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(pem);
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }
        if (settings.Connection is { ClientCertificatePem: { } certificate, ClientKeyPem: { } key })
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, key)];
        }
        return tls;
    }
}

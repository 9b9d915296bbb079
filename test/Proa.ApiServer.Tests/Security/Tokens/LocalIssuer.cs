using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Proa.Api.Json;
using Proa.ApiServer.Pki;
using Proa.ApiServer.Tests.Pki;
using Proa.ApiServer.Security.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Proa.ApiServer.Tests.Security.Tokens;

/// <summary>An OpenID Connect issuer on loopback, with TLS and one RSA key.</summary>
internal sealed class LocalIssuer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly TemporaryDirectory _folder = new();
    private readonly ClusterPki _pki;
    private readonly Task _running;

    private LocalIssuer()
    {
        _pki = ClusterPki.LoadOrCreate(new PkiOptions(_folder.Path, [], [IPAddress.Loopback]), TimeProvider.System);
        var listener = new ApiListener(
            new ApiListenerOptions([new(IPAddress.Loopback, 0)]), _pki, AnswerAsync, TimeProvider.System, NullLoggerFactory.Instance);
        var started = new TaskCompletionSource();
        _running = listener.RunAsync(() => started.SetResult(), _stop.Token);
        Started = started.Task.ContinueWith(_ => Url = $"https://127.0.0.1:{listener.Addresses[0].Port}", TaskScheduler.Default);
    }

    public string Url { get; private set; } = "";

    public string AuthorityPem => _pki.Authority.CertificatePem;

    /// <summary>How often its keys were fetched.</summary>
    public int Fetches { get; private set; }

    private Task Started { get; }

    public static async Task<LocalIssuer> StartAsync()
    {
        var issuer = new LocalIssuer();
        await issuer.Started;
        return issuer;
    }

    public string Token(string user, string audience, TimeSpan lifetime, string extra = "", string key = "k1")
    {
        var end = (TimeProvider.System.GetUtcNow() + lifetime).ToUnixTimeSeconds();
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"RS256","kid":"{{key}}"}"""));
        var claims = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"iss":"{{Url}}","aud":"{{audience}}","sub":"{{user}}","exp":{{end}}{{extra}}}"""));
        var signature = _key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{header}.{claims}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _pki.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/.well-known/openid-configuration")
        {
            return context.Response.WriteAsync($$"""{"issuer":"{{Url}}","jwks_uri":"{{Url}}/keys"}""");
        }
        Fetches++;
        var parameters = _key.ExportParameters(false);
        var key = new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "k1",
            ["n"] = Base64Url.EncodeToString(parameters.Modulus),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent),
        };
        return context.Response.WriteAsync(Encoding.UTF8.GetString(JsonTree.ToUtf8(new JsonObject { ["keys"] = new JsonArray([key]) })));
    }
}

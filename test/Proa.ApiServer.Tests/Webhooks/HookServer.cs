using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Webhooks;

/// <summary>A webhook of its own, over TLS on loopback: each path answers as a test says, and what came is kept.</summary>
internal sealed class HookServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<string, Func<JsonObject, Task<(int Code, string Body)>>> _answers = new();

    private HookServer(WebApplication app, X509Certificate2 certificate) => (_app, _certificate) = (app, certificate);

    public ConcurrentQueue<(string Path, JsonObject Review)> Seen { get; } = [];

    public int Port { get; private set; }

    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem()));

    public static async Task<HookServer> StartAsync()
    {
        var certificate = Certificate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        var server = new HookServer(app, certificate);
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return server;
    }

    /// <summary>The <c>clientConfig</c> of a path.</summary>
    public string Config(string path) => $$"""{"url":"https://127.0.0.1:{{Port}}{{path}}","caBundle":"{{CaBundle}}"}""";

    /// <summary>Answers reviews with a response; its uid is filled in.</summary>
    public void Respond(string path, Func<JsonObject, JsonObject> response, string kind = "AdmissionReview", string apiVersion = "admission.k8s.io/v1") =>
        _answers[path] = review =>
        {
            var made = response(review.Object("request")!);
            made["uid"] ??= review.Object("request")!["uid"];
            return Task.FromResult((200, new JsonObject { ["kind"] = kind, ["apiVersion"] = apiVersion, ["response"] = made }.ToString()));
        };

    public void Answer(string path, Func<JsonObject, Task<(int Code, string Body)>> answer) => _answers[path] = answer;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var review = JsonTree.ParseObject(body.ToArray());
        var path = context.Request.Path.Value!;
        Seen.Enqueue((path, review));
        var (code, answer) = _answers.TryGetValue(path, out var handler) ? await handler(review) : (404, "");
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hook", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("hook.a.svc");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Aggregation;

/// <summary>
/// A server of a part of the API, over TLS on loopback: flunders of <c>wardle.example.com/v1alpha1</c>, kept in memory, and the
/// metrics of nodes. It believes whoever has a front proxy's certificate; what came is kept.
/// </summary>
internal sealed class ExtensionApi : IAsyncDisposable
{
    public const string Wardle = "/apis/wardle.example.com/v1alpha1";
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<string, JsonObject> _flunders = new();
    private readonly List<Channel<string>> _watchers = [];
    private readonly Lock _gate = new();
    private int _revision = 100;

    private ExtensionApi(WebApplication app, X509Certificate2 certificate) => (_app, _certificate) = (app, certificate);

    public ConcurrentQueue<SeenRequest> Seen { get; } = [];

    public int Port { get; private set; }

    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(_certificate.ExportCertificatePem()));

    /// <summary>False: only the old discovery documents, and OpenAPI 2 alone.</summary>
    public bool Modern { get; init; } = true;

    /// <summary>What discovery of the version answers.</summary>
    public volatile int DiscoveryCode = 200;

    /// <summary>Completes when a watch was cut off by its client.</summary>
    public TaskCompletionSource WatchCut { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="frontProxies">PEM of the authority of those who may say who asks.</param>
    public static async Task<ExtensionApi> StartAsync(string frontProxies, string hostName, bool modern = true, int port = 0)
    {
        var certificate = Certificate(hostName);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(frontProxies);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (shown, _, _) => Trusts(authorities, shown);
        })));
        var app = builder.Build();
        app.UseWebSockets();
        var server = new ExtensionApi(app, certificate) { Modern = modern };
        app.Run(server.HandleAsync);
        await app.StartAsync();
        server.Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(0);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private static bool Trusts(X509Certificate2Collection authorities, X509Certificate2 shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        return chain.Build(shown) && shown.GetNameInfo(X509NameType.SimpleName, false) == "front-proxy-client";
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value!;
        Seen.Enqueue(new(
            request.Method, path + request.QueryString.Value, request.Host.Value ?? "",
            request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray(), StringComparer.OrdinalIgnoreCase)));
        if (request.Headers["X-Remote-User"].Count == 0)
        {
            context.Response.StatusCode = 401;
            return;
        }
        await (path switch
        {
            "/apis" when Modern && request.Headers.Accept.ToString().Contains("as=APIGroupDiscoveryList") =>
                JsonAsync(context, ExtensionDocuments.Aggregated, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
            "/apis" => JsonAsync(context, """{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"""),
            Wardle => JsonAsync(context, ExtensionDocuments.Wardle, code: DiscoveryCode),
            "/apis/metrics.k8s.io/v1beta1" => JsonAsync(context, ExtensionDocuments.Metrics),
            "/apis/metrics.k8s.io/v1beta1/nodes" => JsonAsync(context, ExtensionDocuments.NodeMetrics),
            "/openapi/v3" when Modern => JsonAsync(context, ExtensionDocuments.Index),
            "/openapi/v3" + Wardle when Modern => JsonAsync(context, ExtensionDocuments.Third),
            "/openapi/v2" => JsonAsync(context, ExtensionDocuments.Second),
            Wardle + "/redirect" => RedirectAsync(context),
            Wardle + "/hang" => HangAsync(context),
            _ when path.EndsWith("/exec", StringComparison.Ordinal) => EchoAsync(context),
            _ when path.StartsWith(Wardle, StringComparison.Ordinal) && path.Contains("/flunders", StringComparison.Ordinal) => FlundersAsync(context, path),
            _ => NotFoundAsync(context, path),
        });
    }

    private async Task FlundersAsync(HttpContext context, string path)
    {
        // /apis/G/V/namespaces/NS/flunders[/NAME] or /apis/G/V/flunders
        var parts = path.Trim('/').Split('/');
        var ns = parts[3] == "namespaces" ? parts[4] : "";
        var name = parts[^1] == "flunders" ? "" : parts[^1];
        switch (context.Request.Method)
        {
            case "GET" when context.Request.Query["watch"] is ["true" or "1"]:
                await WatchAsync(context);
                break;
            case "GET" when name.Length == 0:
                var items = _flunders.Values.Where(item => ns.Length == 0 || item.Object("metadata")!.String("namespace") == ns).Select(item => (JsonValue)item.Clone());
                await JsonAsync(context, context.Request.Headers.Accept.ToString().Contains("as=Table") ? Table(items) : List(items));
                break;
            case "GET" when _flunders.TryGetValue($"{ns}/{name}", out var found):
                await JsonAsync(context, context.Request.Headers.Accept.ToString().Contains("as=Table") ? Table([found.Clone()]) : found.ToString());
                break;
            case "POST":
                var made = JsonTree.ParseObject(await BodyAsync(context));
                var metadata = made.EnsureObject("metadata");
                metadata["namespace"] = ns;
                metadata["uid"] = Guid.NewGuid().ToString();
                metadata["resourceVersion"] = $"{Interlocked.Increment(ref _revision)}";
                _flunders[$"{ns}/{metadata.String("name")}"] = made;
                Tell("ADDED", made);
                await JsonAsync(context, made.ToString(), code: 201);
                break;
            case "DELETE" when name.Length == 0:
                foreach (var (key, gone) in _flunders)
                {
                    if (gone.Object("metadata")!.String("namespace") == ns && _flunders.TryRemove(key, out _))
                    {
                        Tell("DELETED", gone);
                    }
                }
                await JsonAsync(context, List([]));
                break;
            case "DELETE" when _flunders.TryRemove($"{ns}/{name}", out var removed):
                Tell("DELETED", removed);
                await JsonAsync(context, """{"kind":"Status","apiVersion":"v1","status":"Success"}""");
                break;
            default:
                await NotFoundAsync(context, path);
                break;
        }
    }

    private async Task WatchAsync(HttpContext context)
    {
        var channel = Channel.CreateUnbounded<string>();
        lock (_gate)
        {
            _watchers.Add(channel);
            if (context.Request.Query["resourceVersion"].Count == 0)
            {
                foreach (var flunder in _flunders.Values)
                {
                    channel.Writer.TryWrite($$"""{"type":"ADDED","object":{{flunder}}}""");
                }
            }
        }
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (var line in channel.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(line + "\n");
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            WatchCut.TrySetResult();
        }
    }

    private void Tell(string type, JsonObject flunder)
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite($$"""{"type":"{{type}}","object":{{flunder}}}""");
            }
        }
    }

    private static async Task EchoAsync(HttpContext context)
    {
        if (context.Request.Headers.Upgrade == "SPDY/3.1")
        {
            context.Response.Headers.Upgrade = "SPDY/3.1";
            await using var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            await stream.CopyToAsync(stream);
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } read)
        {
            await socket.SendAsync(buffer.AsMemory(0, read.Count), read.MessageType, read.EndOfMessage, CancellationToken.None);
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
    }

    private static Task RedirectAsync(HttpContext context)
    {
        context.Response.Redirect("https://elsewhere.example.com/");
        return Task.CompletedTask;
    }

    private static Task HangAsync(HttpContext context) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

    private static string List(IEnumerable<JsonValue> items) => new JsonObject
    {
        ["kind"] = "FlunderList",
        ["apiVersion"] = "wardle.example.com/v1alpha1",
        ["metadata"] = new JsonObject { ["resourceVersion"] = "100" },
        ["items"] = new JsonArray(items),
    }.ToString();

    private static string Table(IEnumerable<JsonValue> items) => new JsonObject
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = new JsonObject { ["resourceVersion"] = "100" },
        ["columnDefinitions"] = new JsonArray(
        [
            Column("Name"), Column("Reference"),
        ]),
        ["rows"] = new JsonArray(items.OfType<JsonObject>().Select(item => (JsonValue)new JsonObject
        {
            ["cells"] = new JsonArray([item.Object("metadata")!.String("name")!, item.Object("spec")?.String("reference") ?? ""]),
            ["object"] = new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = item["metadata"]!.Clone() },
        })),
    }.ToString();

    private static JsonObject Column(string name) =>
        new() { ["name"] = name, ["type"] = "string", ["format"] = name == "Name" ? "name" : "", ["description"] = "", ["priority"] = 0 };

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private static async Task JsonAsync(HttpContext context, string json, string contentType = "application/json", int code = 200)
    {
        var tag = $"\"{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16]}\"";
        context.Response.Headers.ETag = tag;
        context.Response.StatusCode = code == 200 && context.Request.Headers.IfNoneMatch == tag ? 304 : code;
        if (context.Response.StatusCode == 304)
        {
            return;
        }
        context.Response.ContentType = contentType;
        await context.Response.WriteAsync(json);
    }

    private static Task NotFoundAsync(HttpContext context, string path) =>
        JsonAsync(context, $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"message":"no {{path}} here"}""", code: 404);

    private static X509Certificate2 Certificate(string hostName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=extension", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}

internal sealed record SeenRequest(string Method, string Target, string Host, IReadOnlyDictionary<string, string[]> Headers);

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pki;
using Proa.ApiServer.Security;
using Proa.ApiServer.Security.Transport;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Tests.Aggregation;

/// <summary>A whole server on TLS, and what a test needs to put another server behind it.</summary>
internal sealed class AggregatedCluster : IAsyncDisposable
{
    private readonly WholeServer _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiListener _listener;
    private readonly Task _listening;

    private AggregatedCluster(WholeServer server)
    {
        _server = server;
        Client = server.Server.ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]), "test");
        _listener = new(new ApiListenerOptions([new(IPAddress.Loopback, 0)]), server.Pki, server.Server.HandleAsync, TimeProvider.System, NullLoggerFactory.Instance);
        var started = new TaskCompletionSource();
        _listening = _listener.RunAsync(() => started.SetResult(), _stop.Token);
        started.Task.GetAwaiter().GetResult();
        Http = Connect(null);
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
    }

    public IClusterClient Client { get; }

    /// <summary>The administrator, over TLS.</summary>
    public HttpClient Http { get; }

    public ClusterPki Pki => _server.Pki;

    public WholeServer Server => _server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<AggregatedCluster> StartAsync() => new(await WholeServer.StartAsync(recording: true));

    /// <summary>What an extension server reads first.</summary>
    public async Task<JsonObject> AuthenticationAsync() =>
        (await GetAsync("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")).Object("data")!;

    public HttpClient Connect(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }
        return new(handler) { BaseAddress = new($"https://{_listener.Addresses[0]}") };
    }

    public string Kubeconfig(string folder)
    {
        var path = Path.Combine(folder, "kubeconfig");
        KubeconfigWriter.Write(path, Pki, $"https://{_listener.Addresses[0]}");
        return path;
    }

    public async Task<JsonObject> GetAsync(string path, string accept = "application/json")
    {
        var (code, body) = await SendAsync("GET", path, accept: accept);
        Assert.True(code == 200, $"{path}: {code} {body}");
        return JsonTree.ParseObject(Encoding.UTF8.GetBytes(body));
    }

    public async Task<(int Code, string Body)> SendAsync(string method, string path, string? body = null, string accept = "application/json", string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        using var response = await Http.SendAsync(request, Ct);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    public async Task MakeAsync(string path, string body)
    {
        var (code, answer) = await SendAsync("POST", path, body);
        Assert.True(code == 201, $"{path}: {code} {answer}");
    }

    public Task ServiceAsync(string ns, string name, string spec) =>
        MakeAsync($"/api/v1/namespaces/{ns}/services", $$"""{"metadata":{"name":"{{name}}"},"spec":{{spec}} }""");

    /// <summary>Where a Service leads to. The API refuses loopback, where test servers are; so it goes past the API.</summary>
    public async Task SliceAsync(string ns, string service, int port, bool ready = true)
    {
        var json = Encoding.UTF8.GetBytes($$"""
            {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"{{service}}-1","namespace":"{{ns}}","uid":"{{Guid.NewGuid()}}",
             "labels":{"kubernetes.io/service-name":"{{service}}"} },"addressType":"IPv4","endpoints":[{"addresses":["127.0.0.1"],"conditions":{"ready":{{(ready ? "true" : "false")}} } }],
             "ports":[{"name":"","port":{{port}},"protocol":"TCP"}]}
            """);
        var key = new ObjectKey("endpointslices.discovery.k8s.io", ns, service + "-1");
        var written = await _server.Store.WriteAsync(new WriteRequest
        {
            Key = key,
            Kind = _server.Store.Get(key) is null ? WriteKind.Create : WriteKind.Replace,
            Json = json,
            RevisionOffset = json.AsSpan().IndexOf("\"metadata\":{"u8) + "\"metadata\":{".Length,
            Index = ObjectIndexing.For(TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn))(key.Resource, json),
        }, Ct);
        Assert.Equal(WriteOutcome.Done, written.Outcome);
    }

    public Task ApiServiceAsync(string version, string group, string spec) =>
        MakeAsync("/apis/apiregistration.k8s.io/v1/apiservices", $$$"""
            {"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"{{{version}}}.{{{group}}}"},
             "spec":{"version":"{{{version}}}","group":"{{{group}}}","groupPriorityMinimum":2000,"versionPriority":10,{{{spec}}} }}
            """);

    /// <summary>A Service <c>wardle/api</c> in front of the server, and an APIService for its group; waits until it is available.</summary>
    public async Task RegisterAsync(ExtensionApi extension)
    {
        await NamespaceAsync("wardle");
        await ServiceAsync("wardle", "api", """{"ports":[{"port":443}]}""");
        await SliceAsync("wardle", "api", extension.Port);
        await ApiServiceAsync("v1alpha1", "wardle.example.com", $$"""
            "caBundle":"{{extension.CaBundle}}","service":{"namespace":"wardle","name":"api"}
            """);
        await AvailableAsync("v1alpha1.wardle.example.com", "True", "Passed");
    }

    public Task NamespaceAsync(string name) => MakeAsync("/api/v1/namespaces", $$"""{"metadata":{"name":"{{name}}"} }""");

    /// <summary>Waits for an APIService's condition.</summary>
    /// <returns>Its message.</returns>
    public async Task<string> AvailableAsync(string name, string status, string reason)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var last = "";
        try
        {
            await foreach (var item in Client.WatchAsync(
                new("apiregistration.k8s.io", "v1", "apiservices"), new WatchOptions(FieldSelector: $"metadata.name={name}"), limit.Token))
            {
                last = Encoding.UTF8.GetString(item.Json.Span);
                var condition = JsonTree.ParseObject(item.Json.Span).Object("status")?.Array("conditions")?.OfType<JsonObject>().FirstOrDefault();
                if (condition?.String("status") == status && condition.String("reason") == reason)
                {
                    return condition.String("message")!;
                }
            }
        }
        catch (OperationCanceledException) when (!Ct.IsCancellationRequested)
        {
        }
        throw new InvalidOperationException($"{name} did not become {status} {reason}: {last}");
    }

    /// <summary>Asks again until the answer is as it should be: what clients see follows a little later.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> holds)
    {
        var limit = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (holds(answer))
            {
                return answer;
            }
            Assert.True(TimeProvider.System.GetElapsedTime(limit) < TimeSpan.FromSeconds(60), $"it stays {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
        await _server.DisposeAsync();
    }
}

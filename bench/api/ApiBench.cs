using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Proa.Bench.Api;

/// <summary>Measures one server, Proa or the original, with the same HTTP/1.1 client: one request at a time a connection.</summary>
internal sealed class ApiBench(Uri server, string token)
{
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(5);

    private readonly string _filler = new('x', 330);
    private int _next;

    public async Task RunAsync()
    {
        Console.WriteLine($"{"",-44} {"per second",10} {"p50 ms",8} {"p99 ms",8}");
        foreach (var connections in (int[])[1, 32, 256])
        {
            await MeasureAsync($"create ConfigMap of 0.5 KB, {connections} connections", connections, () => Create("default"));
        }
        await FillAsync("bench-list", 500);
        await MeasureAsync("get, 32 connections", 32, () => Get("/api/v1/namespaces/bench-list/configmaps/m-1"));
        await MeasureAsync("list of 500, 4 connections", 4, () => Get("/api/v1/namespaces/bench-list/configmaps"));
    }

    private async Task MeasureAsync(string what, int connections, Func<HttpRequestMessage> request)
    {
        using var http = Client(connections);
        await LoopAsync(http, connections, request, s_warm);
        var start = Stopwatch.GetTimestamp();
        var latencies = await LoopAsync(http, connections, request, s_measured);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        latencies.Sort();
        Console.WriteLine($"{what,-44} {latencies.Count / seconds,10:n0} {latencies[latencies.Count / 2],8:n2} {latencies[latencies.Count * 99 / 100],8:n2}");
    }

    private static async Task<List<double>> LoopAsync(HttpClient http, int connections, Func<HttpRequestMessage> request, TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        var each = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            var latencies = new List<double>();
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                var begun = Stopwatch.GetTimestamp();
                await SendAsync(http, request());
                latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            return latencies;
        })));
        return [.. each.SelectMany(latencies => latencies)];
    }

    private async Task FillAsync(string ns, int count)
    {
        using var http = Client(1);
        await SendAsync(http, Post("/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{ns}}}"}}"""));
        for (var i = 0; i < count; i++)
        {
            await SendAsync(http, Post($"/api/v1/namespaces/{ns}/configmaps", ConfigMap($"m-{i}")));
        }
    }

    private HttpClient Client(int connections) => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = connections,
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    })
    {
        BaseAddress = server,
        DefaultRequestVersion = HttpVersion.Version11,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    private HttpRequestMessage Create(string ns) =>
        Post($"/api/v1/namespaces/{ns}/configmaps", ConfigMap($"b-{Environment.ProcessId}-{Interlocked.Increment(ref _next)}"));

    private static HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    private static HttpRequestMessage Post(string path, string json) =>
        new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private string ConfigMap(string name) => $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"value":"{{{_filler}}}"}}""";

    private static async Task SendAsync(HttpClient http, HttpRequestMessage request)
    {
        using var _ = request;
        using var answer = await http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(body)}");
        }
    }
}

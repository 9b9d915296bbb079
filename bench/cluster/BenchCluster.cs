using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Http;

namespace Proa.Bench.Cluster;

/// <summary>A cluster started for measuring, on a data directory of its own.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private readonly string _proa;
    private Process? _process;

    public BenchCluster(string proa)
    {
        _proa = proa;
        DataDir = $"/tmp/proa-bench-{Environment.ProcessId}";
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public string DataDir { get; }

    public int Port { get; }

    public int Pid => _process!.Id;

    public HttpClusterClient Client { get; private set; } = null!;

    /// <summary>Starts the process. Seconds until /readyz answers, and until the node is Ready.</summary>
    public async Task<(double Api, double Node)> StartAsync(CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        _process = Process.Start(new ProcessStartInfo(_proa,
            ["up", "--data-dir", DataDir, "--api-port", $"{Port}", "--node-name", "bench", "--pod-range", "10.199.0.0/24", "--service-range", "10.198.0.0/16", "--node-ports", "29000-29099"])
        {
            RedirectStandardOutput = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
        using var http = new HttpClient(handler);
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync($"https://127.0.0.1:{Port}/readyz", ct);
                if (answer.IsSuccessStatusCode)
                {
                    break;
                }
            }
            catch (HttpRequestException)
            {
                // not listening yet: asking again at once is the measurement's resolution
            }
        }
        var api = watch.Elapsed.TotalSeconds;
        Client = new HttpClusterClient(KubeConfig.Load(Path.Combine(DataDir, "kubeconfig")), "proa-bench");
        await foreach (var (_, node) in Client.WatchAsync<Node>(null, new WatchOptions(), ct))
        {
            if (node.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" }))
            {
                break;
            }
        }
        return (api, watch.Elapsed.TotalSeconds);
    }

    public async Task ImportAsync(string tar, CancellationToken ct) => await RunAsync(["image", "import", "--data-dir", DataDir, tar], ct);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await RunAsync(["reset", "--data-dir", DataDir, "--yes"], default);
        _process?.Dispose();
    }

    private async Task RunAsync(string[] arguments, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(_proa, arguments) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
    }
}

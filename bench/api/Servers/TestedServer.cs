using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Proa.Bench.Api.Client;
using Proa.Bench.Cluster;

namespace Proa.Bench.Api.Servers;

/// <summary>A server on a data directory of its own. Started and stopped any number of times.</summary>
internal abstract class TestedServer(string folder) : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(15);
    private readonly List<Process> _processes = [];

    public Uri Address { get; } = new($"https://127.0.0.1:{FreePort()}");

    /// <summary>What its processes keep in memory together, in megabytes (of a million bytes).</summary>
    public double ResidentMegabytes => _processes.Sum(process => ProcessTree.Resident(process.Id)) / 1e6;

    /// <summary>What its processes have used so far together.</summary>
    public double CpuSeconds => _processes.Sum(process => ProcessTree.Cpu(process.Id));

    protected string Folder { get; } = folder;

    protected abstract string Token { get; }

    /// <summary>Seconds from the start of its processes until it answers.</summary>
    public async Task<double> StartAsync(CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        Launch();
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true } });
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Address, "/readyz"), ct);
                if (answer.IsSuccessStatusCode)
                {
                    break;
                }
            }
            catch (HttpRequestException) when (!ct.IsCancellationRequested && watch.Elapsed < s_patience && !_processes.Exists(process => process.HasExited))
            {
                // Not listening yet: asking again at once is the measurement's resolution.
            }
        }
        var seconds = watch.Elapsed.TotalSeconds;
        await using var connection = await ConnectAsync(ct);
        while ((await connection.SendAsync("GET", "/api/v1/namespaces/default", default, null, ct)).Code != 200 && watch.Elapsed < s_patience)
        {
            // Its first objects are being made.
        }
        return seconds;
    }

    public Task<BenchConnection> ConnectAsync(CancellationToken ct) => BenchConnection.OpenAsync(Address, Token, ct);

    /// <summary>Ends its processes, the last started first.</summary>
    /// <param name="signal">Of kill(2).</param>
    public async Task StopAsync(int signal)
    {
        for (var i = _processes.Count - 1; i >= 0; i--)
        {
            using var process = _processes[i];
            if (!process.HasExited)
            {
                _ = Kill(process.Id, signal);
                await process.WaitForExitAsync();
            }
        }
        _processes.Clear();
    }

    /// <summary>Leaves it alone for a while, so that it can give back what a burst of work took.</summary>
    public static async Task SettleAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_settled, TimeProvider.System);
        await timer.WaitForNextTickAsync(ct);
    }

    /// <summary>The last lines that its programs printed.</summary>
    public string LastWords() => string.Join('\n', Directory.GetFiles(Folder, "*.log").SelectMany(file => File.ReadLines(file).TakeLast(3).Select(line => $"  {Path.GetFileName(file)}: {line}")));

    public async ValueTask DisposeAsync() => await StopAsync(Signals.Kill);

    protected abstract void Launch();

    /// <summary>Starts a program with its output in a file.</summary>
    protected void Launch(string program, string log, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", Path.Combine(Folder, log), program, .. arguments]);
        _processes.Add(Process.Start(start)!);
    }

    protected static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}

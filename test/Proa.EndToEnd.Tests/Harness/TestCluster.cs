using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>
/// A real cluster: the published program on a temporary data directory, with ports and ranges of its own, so that several
/// run side by side. Disposing resets it: nothing stays behind.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static int s_count;
    private readonly List<string> _arguments;
    private readonly List<string> _lines = [];
    private Process? _process;

    private TestCluster(int number, string[] more, string? dataDir = null)
    {
        DataDir = dataDir ?? Path.Combine("/tmp", $"proa-e2e-{Environment.ProcessId}-{number}");
        ApiPort = FreePort();
        NodeName = $"node-{number}";
        PodPrefix = $"10.200.{number}.";
        ServicePrefix = $"10.201.{number}.";
        FirstNodePort = 31000 + 100 * number;
        _arguments =
        [
            "up", "--data-dir", DataDir, "--api-port", $"{ApiPort}", "--node-name", NodeName,
            "--pod-range", $"{PodPrefix}0/24", "--service-range", $"{ServicePrefix}0/24",
            "--node-ports", $"{FirstNodePort}-{FirstNodePort + 99}", .. more,
        ];
        Kubectl = new(Path.Combine(DataDir, "kubeconfig"));
    }

    public string DataDir { get; }

    public int ApiPort { get; private init; }

    public string NodeName { get; }

    public string PodPrefix { get; }

    public string ServicePrefix { get; }

    public int FirstNodePort { get; }

    public Kubectl Kubectl { get; }

    public int Pid => _process!.Id;

    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public static async Task<TestCluster> StartAsync(params string[] more)
    {
        var cluster = new TestCluster(Interlocked.Increment(ref s_count), more);
        await cluster.UpAsync();
        return cluster;
    }

    /// <summary>The same on a data directory of the test's choice.</summary>
    public static async Task<TestCluster> StartInAsync(string dataDir, params string[] more)
    {
        var cluster = new TestCluster(Interlocked.Increment(ref s_count), more, dataDir);
        await cluster.UpAsync();
        return cluster;
    }

    /// <summary>On a directory whose settings are there already and stay as they are.</summary>
    public static async Task<TestCluster> StartRestoredAsync(string dataDir)
    {
        var cluster = new TestCluster(Interlocked.Increment(ref s_count), [], dataDir);
        cluster._arguments.Clear();
        cluster._arguments.AddRange(["up", "--no-node", "--data-dir", dataDir, "--api-port", $"{cluster.ApiPort}"]);
        await cluster.UpAsync();
        return cluster;
    }

    /// <summary>One of several servers on one etcd, at an address of loopback of its own, by which alone they differ from outside.</summary>
    /// <param name="bind">Such as <c>127.0.0.2</c>; the port is the same for all, as the endpoints of a Service have it.</param>
    public static async Task<TestCluster> StartServerAsync(string etcd, string bind, int port, params string[] more)
    {
        var number = Interlocked.Increment(ref s_count);
        var server = new TestCluster(number, []) { ApiPort = port };
        server._arguments.Clear();
        server._arguments.AddRange(["server", "--etcd", etcd, "--data-dir", server.DataDir, "--bind", bind, "--api-port", $"{port}", .. more]);
        await server.UpAsync();
        return server;
    }

    /// <summary>Starts the process and waits until it says that the cluster is ready.</summary>
    public async Task UpAsync()
    {
        var start = new ProcessStartInfo(Repository.Proa) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in _arguments)
        {
            start.ArgumentList.Add(argument);
        }
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        void Line(string? line)
        {
            if (line is null)
            {
                return;
            }
            lock (_lines)
            {
                _lines.Add(line);
            }
            if (line.StartsWith("ready", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        }
        process.OutputDataReceived += (_, data) => Line(data.Data);
        process.ErrorDataReceived += (_, data) => Line(data.Data);
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"proa ended\n{string.Join('\n', Output)}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(90));
    }

    /// <summary>SIGKILL: pods go on running.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task StopAsync() => (await ProaAsync("down", "--data-dir", DataDir)).Must();

    public static Task<CommandResult> ProaAsync(params string[] arguments) => CommandResult.RunAsync(Repository.Proa, arguments);

    public async Task ImportAsync(string tar) => (await ProaAsync("image", "import", "--data-dir", DataDir, tar)).Must();

    public Task<CommandResult> ResetAsync() => ProaAsync("reset", "--data-dir", DataDir, "--yes");

    public async ValueTask DisposeAsync()
    {
        var reset = await ResetAsync();
        if (_process is { HasExited: false })
        {
            _process.Kill();
        }
        _process?.Dispose();
        reset.Must();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

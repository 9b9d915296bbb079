using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Network.Pods;
using Proa.Network.Proxy;

namespace Proa.Network.Tests.Kernel;

/// <summary>A cluster's network with a running proxy, whose API is what the test says.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IDisposable> _things = [];
    private readonly PodNetwork _network;
    private readonly string _directory = Directory.CreateTempSubdirectory("proa-network-").FullName;
    private Task _running = Task.CompletedTask;

    private TestCluster(int number)
    {
        Options = new NetworkOptions($"bbbb{number:x4}", _directory, "node")
        {
            PodRange = IPNetwork.Parse($"10.{100 + number}.0.0/24"),
            ServiceRange = IPNetwork.Parse($"10.{150 + number}.0.0/16"),
        };
        _network = new PodNetwork(Options, NullLogger.Instance);
        Proxy = new ServiceProxy(Options, Api, TimeProvider.System, NullLogger.Instance);
    }

    public NetworkOptions Options { get; }

    public FakeInformers Api { get; } = new();

    public ServiceProxy Proxy { get; private set; }

    public string ServiceAddress(int n) => $"{Options.ServiceRange.BaseAddress.ToString()[..^1]}{n}";

    public static async Task<TestCluster> StartAsync(int number = 1)
    {
        var cluster = new TestCluster(number);
        await cluster._network.EnsureAsync(TestContext.Current.CancellationToken);
        cluster._running = cluster.Proxy.RunAsync(cluster._stop.Token);
        await cluster.Proxy.Ready.WaitAsync(TimeSpan.FromSeconds(10));
        return cluster;
    }

    public TestPod Pod(string name, int port = 8080)
    {
        var pod = new TestPod(Options);
        _things.Add(pod);
        _things.Add(new NamedServer(pod, name, port));
        return pod;
    }

    /// <summary>Waits until the kernel has what the API said before this call.</summary>
    public Task SettleAsync() => Proxy.WaitDrainedAsync("settle", "settle", [], TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
        }
        foreach (var thing in _things)
        {
            thing.Dispose();
        }
        await _network.RemoveAsync(CancellationToken.None);
        Directory.Delete(_directory, recursive: true);
    }
}

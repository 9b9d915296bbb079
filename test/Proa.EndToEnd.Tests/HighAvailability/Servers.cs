using Proa.Client;
using Proa.Client.Http;
using Proa.EndToEnd.Tests.Harness;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>Three etcd members and servers over them, each a process of its own.</summary>
internal sealed class Servers : IAsyncDisposable
{
    private readonly List<(TestCluster Process, HttpClusterClient Client)> _servers = [];

    private readonly List<TcpRelay> _relays = [];

    private Servers(EtcdCluster etcd) => Etcd = etcd;

    public EtcdCluster Etcd { get; }

    public string Endpoints => string.Join(',', Etcd.Endpoints.Select(endpoint => endpoint.GetLeftPart(UriPartial.Authority)));

    public int Port { get; } = TestCluster.FreePort();

    public TestCluster this[int index] => _servers[index].Process;

    public int Count => _servers.Count;

    public static async Task<Servers> StartAsync(int count, params string[] more)
    {
        var servers = new Servers(new EtcdCluster());
        try
        {
            await servers.Etcd.InitializeAsync();
            for (var i = 0; i < count; i++)
            {
                await servers.AddAsync(servers.Endpoints, more);
            }
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more, which hears of etcd later than the others.</summary>
    public async Task AddBehindAsync(TimeSpan latency)
    {
        _relays.AddRange(Etcd.Endpoints.Select(static endpoint => new TcpRelay(endpoint)));
        await AddAsync(string.Join(',', _relays.Select(static relay => relay.Address.GetLeftPart(UriPartial.Authority))), []);
        _relays.ForEach(relay => relay.Latency = latency);
    }

    /// <summary>Cuts the link of the one that was added last.</summary>
    public void Cut() => _relays.ForEach(static relay => relay.Cut());

    public void Mend() => _relays.ForEach(static relay => relay.Mend());

    public HttpClusterClient Client(int index) => _servers[index].Client;

    /// <summary>Which server runs the controllers, by their lease.</summary>
    public async Task<int> LeaderAsync(int asked)
    {
        var lease = (await Client(asked).GetAsync<Proa.Api.Models.Coordination.Lease>("kube-system", "kube-controller-manager", CancellationToken.None)).Value;
        return _servers.FindIndex(server => File.ReadAllLines(Path.Combine(server.Process.DataDir, "server-ids")).Contains(lease.Spec.HolderIdentity));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, client) in _servers)
        {
            client.Dispose();
            await process.DisposeAsync();
        }
        _relays.ForEach(static relay => relay.Dispose());
        await Etcd.DisposeAsync();
    }

    private async Task AddAsync(string etcd, string[] more)
    {
        string[] key = _servers.Count == 0 ? [] : ["--cluster-key", Path.Combine(_servers[0].Process.DataDir, "pki", "cluster-key")];
        var process = await TestCluster.StartServerAsync(etcd, $"127.0.0.{2 + _servers.Count}", Port, [.. key, .. more]);
        _servers.Add((process, new HttpClusterClient(KubeConfig.Load(Path.Combine(process.DataDir, "kubeconfig")), "test")));
    }
}

using Proa.Api.Models.Core;
using Proa.Client;
using Proa.EndToEnd.Tests.Harness;
using Proa.Store.Tests.Etcd;

namespace Proa.EndToEnd.Tests.HighAvailability;

/// <summary>A server that does not reach etcd any more, and then does again.</summary>
public sealed class CutOffTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _late = new(TimeSpan.FromMinutes(5));
    private Servers _servers = null!;

    public async ValueTask InitializeAsync()
    {
        if (EtcdCluster.IsThere)
        {
            _servers = await Servers.StartAsync(1, "--service-range", "10.224.0.0/24");
            await _servers.AddBehindAsync(TimeSpan.Zero);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _late.Dispose();
        await (_servers?.DisposeAsync() ?? default);
    }

    [Fact]
    public async Task LeaderCutOffFromEtcd_TheOtherTakesOver_AndItComesBackAsSecond()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "etcd is not installed");
        var (first, second) = (_servers[0].Kubectl, _servers.Client(1));
        // The second one leads.
        await _servers[0].StopAsync();
        await Eventually.TrueAsync(_servers[1].Kubectl, "kube-system", async () => await _servers.LeaderAsync(1) == 1, kind: "leases");
        await _servers[0].UpAsync();
        Assert.Equal(1, await _servers.LeaderAsync(0));
        await Eventually.TrueAsync(first, "default", async () => await AddressesAsync(first) == "127.0.0.2 127.0.0.3", kind: "endpointslices");

        _servers.Cut();
        // What it cannot know it does not say.
        Assert.Equal(503, (await second.GetAsync<ConfigMap>("default", "any", _late.Token)).Error?.Code);
        Assert.Equal(503, (await second.CreateAsync(Map("lost"), _late.Token)).Error?.Code);
        await first.MustAsync("create", "deployment", "web", "--image=nothing", "--replicas=2");
        await Eventually.TrueAsync(first, "default", async () => await PodsAsync(0) == 2);
        Assert.Equal(0, await _servers.LeaderAsync(0));
        await Eventually.TrueAsync(first, "default", async () => await AddressesAsync(first) == "127.0.0.2", kind: "endpointslices");
        Assert.True((await _servers.Client(0).CreateAsync(Map("meanwhile"), _late.Token)).Ok);

        _servers.Mend();
        await Eventually.TrueAsync(first, "default", async () => await AddressesAsync(first) == "127.0.0.2 127.0.0.3", kind: "endpointslices");
        Assert.True((await second.GetAsync<ConfigMap>("default", "meanwhile", _late.Token)).Ok);
        Assert.Equal(0, await _servers.LeaderAsync(1));
        // One of them acts, not two.
        await _servers[1].Kubectl.MustAsync("scale", "deployment", "web", "--replicas=5");
        await Eventually.TrueAsync(first, "default", async () => await PodsAsync(1) == 5);
        await first.MustAsync("rollout", "restart", "deployment", "web");
        Assert.Equal(0, await _servers.LeaderAsync(1));
    }

    private async Task<int> PodsAsync(int server) =>
        (await _servers.Client(server).ListAsync<Pod>("default", ListOptions.All, _late.Token)).Value.Items.Count;

    private static async Task<string> AddressesAsync(Kubectl kubectl) =>
        await kubectl.MustAsync("get", "endpointslice", "kubernetes", "-o", "jsonpath={.endpoints[*].addresses[0]}");

    private static ConfigMap Map(string name) => new() { Metadata = new() { Namespace = "default", Name = name } };
}

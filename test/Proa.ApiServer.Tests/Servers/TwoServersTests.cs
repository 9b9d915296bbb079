using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Api.Models.Networking;
using Proa.Api.Schema;
using Proa.ApiServer.Security;
using Proa.ApiServer.Services;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Tests.Servers;

/// <summary>
/// What only one may give out, where two servers decide at once. They share nothing but the store; neither knows what the other
/// is about to write.
/// </summary>
public sealed class TwoServersTests : IAsyncDisposable
{
    private readonly ObjectStore _store = ObjectStore.InMemory(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(60));
    private readonly ApiServer[] _servers;
    private readonly IClusterClient[] _clients;

    public TwoServersTests()
    {
        _servers = [NewServer(), NewServer()];
        _clients = [.. _servers.Select(server => server.ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]), "test"))];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Create_ServicesOnBoth_NoneSharesAnAddressOrPort_AndAllAreGivenOut()
    {
        await NamespaceAsync();
        // 26 ports and 61 addresses for 40 Services; the ports run out first.
        var made = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => _clients[i % 2].CreateAsync(NodePort($"s{i}"), _stop.Token))));
        var services = made.Where(answer => answer.Ok).Select(answer => answer.Value).ToList();
        Assert.Equal(26, services.Count);
        Assert.All(made.Where(answer => !answer.Ok), answer => Assert.Contains("range is full", answer.Error!.Message));
        Assert.Equal(26, services.Select(service => service.Spec.ClusterIP).Distinct().Count());
        Assert.Equal(26, services.SelectMany(service => service.Spec.Ports.Select(port => port.NodePort)).Distinct().Count());
        // What those that failed had claimed is given back.
        Assert.Equal(services.Select(service => service.Spec.ClusterIP).Order(), (await AddressesAsync()).Order());

        // All over again: what is deleted is free at once, on either server.
        await Task.WhenAll(services.Select((service, i) => _clients[(i + 1) % 2].DeleteAsync<Service>("n", service.Metadata.Name!, DeleteRequest.Default, _stop.Token)));
        Assert.Empty(await AddressesAsync());
        made = await Task.WhenAll(Enumerable.Range(0, 26).Select(i => Task.Run(() => _clients[i % 2].CreateAsync(NodePort($"t{i}"), _stop.Token))));
        Assert.All(made, answer => Assert.True(answer.Ok, answer.Error?.Message));
    }

    [Fact]
    public async Task Create_TheSameAddressAndPortOnBoth_OneGetsThem()
    {
        await NamespaceAsync();
        for (var round = 0; round < 20; round++)
        {
            var wanted = NodePort("a") is var service ? service with { Spec = service.Spec with { ClusterIP = "10.0.0.50", Ports = [new() { Port = 80, NodePort = 30005 }] } } : service;
            var made = await Task.WhenAll(
                Task.Run(() => _clients[0].CreateAsync(wanted, _stop.Token)),
                Task.Run(() => _clients[1].CreateAsync(wanted with { Metadata = wanted.Metadata with { Name = "b" } }, _stop.Token)));
            Assert.Single(made, answer => answer.Ok);
            Assert.Matches("provided (IP|port) is already allocated", made.Single(answer => !answer.Ok).Error!.Message);
            await _clients[1].DeleteAsync<Service>("n", made.Single(answer => answer.Ok).Value.Metadata.Name!, DeleteRequest.Default, _stop.Token);
        }
    }

    [Fact]
    public async Task Update_ToAnotherTypeAndBack_GivesPortsBackAndKeepsTheAddress()
    {
        await NamespaceAsync();
        var made = (await _clients[0].CreateAsync(NodePort("s"), _stop.Token)).Value;
        var port = made.Spec.Ports[0].NodePort;
        var changed = (await _clients[1].ModifyAsync<Service>("n", "s", service => service with { Spec = service.Spec with { Type = "ClusterIP", Ports = [new() { Port = 80 }] } }, _stop.Token)).Value;
        Assert.Equal((made.Spec.ClusterIP, null), (changed.Spec.ClusterIP, changed.Spec.Ports[0].NodePort));
        var other = NodePort("other");
        Assert.True((await _clients[0].CreateAsync(other with { Spec = other.Spec with { Ports = [new() { Port = 80, NodePort = port }] } }, _stop.Token)).Ok);
        Assert.Equal(2, (await AddressesAsync()).Count);
        // A dry run claims nothing.
        Assert.True((await _clients[0].CreateAsync(ResourcePath.Of(Service.Resource, "n"), Proa.Api.Models.Model.ToUtf8(NodePort("dry")), new WriteOptions(DryRun: true), _stop.Token)).Ok);
        Assert.Equal(2, (await AddressesAsync()).Count);
    }

    [Fact]
    public async Task Repair_ClaimsOfADeadServer_GoAfterTwoRounds_AndMissingOnesCome()
    {
        await NamespaceAsync();
        var claims = new ServiceClaims(_store, 30000, 30025, TimeProvider.System);
        var owner = new ObjectKey("services", "n", "never");
        await claims.TryTakeAsync("10.0.0.40", owner, _stop.Token);
        await claims.TryTakeAsync("TCP/30001", owner, _stop.Token);
        var kept = (await _clients[0].CreateAsync(NodePort("kept"), _stop.Token)).Value.Spec;
        await _clients[0].DeleteAsync<IPAddress>(null, kept.ClusterIP!, DeleteRequest.Default, _stop.Token);
        await _store.WriteAsync(new() { Key = new("ranges", "", "servicenodeports"), Kind = WriteKind.Delete }, _stop.Token);
        await claims.TryTakeAsync("TCP/30001", owner, _stop.Token);

        await claims.RepairAsync(_stop.Token);
        Assert.True(claims.IsTaken("TCP/30001", default) && claims.IsTaken("10.0.0.40", default));
        Assert.True(claims.IsTaken($"TCP/{kept.Ports[0].NodePort}", default) && claims.IsTaken(kept.ClusterIP!, default));

        await claims.RepairAsync(_stop.Token);
        Assert.False(claims.IsTaken("TCP/30001", default) || claims.IsTaken("10.0.0.40", default));
        Assert.True(claims.IsTaken($"TCP/{kept.Ports[0].NodePort}", default) && claims.IsTaken(kept.ClusterIP!, default));
    }

    [Fact]
    public async Task Create_UnderAQuotaOnBoth_IsExact()
    {
        await NamespaceAsync();
        await _clients[0].CreateAsync(new ResourceQuota
        {
            Metadata = new() { Namespace = "n", Name = "q" },
            Spec = new() { Hard = new Dictionary<string, Quantity> { ["count/configmaps"] = Quantity.Parse("30") } },
        }, _stop.Token);
        var made = await Task.WhenAll(Enumerable.Range(0, 80).Select(i => Task.Run(() => _clients[i % 2].CreateAsync(new ConfigMap { Metadata = new() { Namespace = "n", Name = $"c{i}" } }, _stop.Token))));
        Assert.Equal(30, made.Count(answer => answer.Ok));
        Assert.All(made.Where(answer => !answer.Ok), answer => Assert.Contains("exceeded quota: q", answer.Error!.Message));
        Assert.Equal("30", await UsedAsync());
    }

    [Fact]
    public async Task Create_ThatExistsAlready_GivesItsChargeBack()
    {
        await NamespaceAsync();
        await _clients[0].CreateAsync(new ResourceQuota
        {
            Metadata = new() { Namespace = "n", Name = "q" },
            Spec = new() { Hard = new Dictionary<string, Quantity> { ["count/configmaps"] = Quantity.Parse("5") } },
        }, _stop.Token);
        for (var i = 0; i < 8; i++)
        {
            await _clients[i % 2].CreateAsync(new ConfigMap { Metadata = new() { Namespace = "n", Name = "same" } }, _stop.Token);
        }
        Assert.Equal("1", await UsedAsync());
    }

    [Fact]
    public async Task Recount_WhileAnotherServersChargeIsUnderWay_DoesNotLoseIt()
    {
        await NamespaceAsync();
        var quota = new ResourceQuota
        {
            Metadata = new() { Namespace = "n", Name = "q" },
            Spec = new() { Hard = new Dictionary<string, Quantity> { ["count/configmaps"] = Quantity.Parse("1") } },
        };
        await _clients[0].CreateAsync(quota, _stop.Token);
        var slow = new SlowStore(_store, "slow");
        var client = NewServer(slow).ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]), "test");
        var creating = client.CreateAsync(Map("slow"), _stop.Token);
        await slow.Begun;
        // Charged, and not there yet. This is what the controller does.
        var counted = (await _clients[0].GetAsync<ResourceQuota>("n", "q", _stop.Token)).Value;
        Assert.Equal("1", counted.Status.Used["count/configmaps"].ToString());
        Assert.Empty((await _clients[0].ListAsync<ConfigMap>("n", ListOptions.All, _stop.Token)).Value.Items);
        var none = counted with { Status = counted.Status with { Used = new Dictionary<string, Quantity> { ["count/configmaps"] = Quantity.Parse("0") } } };
        var recounted = await _clients[0].UpdateStatusAsync(none, _stop.Token);
        Assert.Equal(409, recounted.Error?.Code);
        Assert.False((await _clients[0].CreateAsync(Map("other"), _stop.Token)).Ok);
        slow.GoOn();
        Assert.True((await creating).Ok);
        Assert.False((await _clients[0].CreateAsync(Map("other"), _stop.Token)).Ok);
        // The mark goes away by itself, and what is counted then counts.
        var watch = _store.Watch("resourcequotas", "n", _store.Revision - 1)!;
        while (_store.Get(new ObjectKey("resourcequotas", "n", "q"))!.Json.Span.IndexOf("charges-under-way"u8) >= 0)
        {
            await watch.Changes.ReadAsync(_stop.Token);
        }
        counted = (await _clients[0].GetAsync<ResourceQuota>("n", "q", _stop.Token)).Value;
        Assert.True((await _clients[0].UpdateStatusAsync(counted, _stop.Token)).Ok);
        Assert.Equal("1", await UsedAsync());
    }

    private static ConfigMap Map(string name) => new() { Metadata = new() { Namespace = "n", Name = name } };

    private static Service NodePort(string name) => new()
    {
        Metadata = new() { Namespace = "n", Name = name },
        Spec = new() { Type = "NodePort", Ports = [new() { Port = 80 }] },
    };

    private ApiServer NewServer(IObjectStore? store = null) => new(new ApiServerOptions
    {
        Store = store ?? _store,
        Types = TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn),
        Clock = TimeProvider.System,
        Logging = NullLoggerFactory.Instance,
        OneOfSeveral = true,
        ServiceRange = "10.0.0.0/26",
        NodePortFirst = 30000,
        NodePortLast = 30025,
    });

    private Task NamespaceAsync() => _clients[0].CreateAsync(new Namespace { Metadata = new() { Name = "n" } }, _stop.Token);

    private async Task<List<string>> AddressesAsync() =>
        [.. (await _clients[0].ListAsync<IPAddress>(null, ListOptions.All, _stop.Token)).Value.Items.Select(address => address.Metadata.Name!)];

    private async Task<string?> UsedAsync() =>
        (await _clients[0].GetAsync<ResourceQuota>("n", "q", _stop.Token)).Value.Status.Used.TryGetValue("count/configmaps", out var used) ? used.ToString() : null;
}

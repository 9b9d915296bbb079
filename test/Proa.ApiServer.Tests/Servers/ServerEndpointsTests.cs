using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Json;
using Proa.Api.Schema;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Servers;
using Proa.ApiServer.Types;
using Proa.Store;
using Proa.Testing;

namespace Proa.ApiServer.Tests.Servers;

public sealed class ServerEndpointsTests : IAsyncDisposable
{
    private readonly TestClock _clock = new(frozen: true);
    private readonly ObjectStore _store;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    public ServerEndpointsTests() => _store = ObjectStore.InMemory(_clock);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        await _store.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task RunAsync_TwoServers_BothAreEndpoints_AndOneThatStopsLeavesAtOnce()
    {
        using var second = new CancellationTokenSource();
        Start("10.0.0.1", _stop.Token);
        Start("10.0.0.2", second.Token);
        await BecomesAsync("10.0.0.1,10.0.0.2");

        await second.CancelAsync();
        await BecomesAsync("10.0.0.1");
        Assert.Equal(["10.0.0.1"], _store.List("masterleases", null)!.Items.Select(lease => lease.Key.Name));
    }

    [Fact]
    public async Task RunAsync_AKilledServer_LeavesWhenItsTimeIsOver()
    {
        // It said once that it lives, and then was killed.
        await _store.WriteAsync(new() { Key = new("masterleases", "", "10.0.0.9"), Kind = WriteKind.Create, Json = """{"metadata":{"generation":1}}"""u8.ToArray(), RevisionOffset = 13 }, _stop.Token);
        Start("10.0.0.1", _stop.Token);
        await BecomesAsync("10.0.0.1,10.0.0.9");
        for (var i = 0; i < 14; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal("10.0.0.1,10.0.0.9", Addresses());

        await BecomesAsync("10.0.0.1", advance: true);
    }

    [Fact]
    public async Task RunAsync_SomebodyChangesTheEndpoints_PutsThemBack()
    {
        Start("10.0.0.1", _stop.Token);
        await BecomesAsync("10.0.0.1");
        await _store.WriteAsync(new() { Key = new("endpoints", "default", "kubernetes"), Kind = WriteKind.Delete }, _stop.Token);
        await BecomesAsync("10.0.0.1", advance: true);
    }

    [Fact]
    public void NameOf_AServer_IsTheSameEachTime_AsLongAsTheOriginals()
    {
        Assert.Matches("^apiserver-[a-z2-7]{26}$", ServerLease.NameOf("a"));
        Assert.Equal(ServerLease.NameOf("a"), ServerLease.NameOf("a"));
        Assert.NotEqual(ServerLease.NameOf("a"), ServerLease.NameOf("b"));
    }

    private void Start(string address, CancellationToken ct) => _running.Add(Task.Run(() => new ServerEndpoints(
        address, 6443, _store, ObjectIndexing.For(TypeCatalog.BuiltIn(SchemaRegistry.BuiltIn)), _clock, NullLogger.Instance).RunAsync(ct)));

    private string Addresses()
    {
        var endpoints = _store.Get(new("endpoints", "default", "kubernetes"));
        var slice = _store.Get(new("endpointslices.discovery.k8s.io", "default", "kubernetes"));
        if (endpoints is null || slice is null)
        {
            return "";
        }
        var subset = (JsonObject)JsonTree.ParseObject(endpoints.Json.Span).Array("subsets")![0]!;
        var old = string.Join(',', subset.Array("addresses")!.Select(item => ((JsonObject)item!).String("ip")));
        var now = string.Join(',', JsonTree.ParseObject(slice.Json.Span).Array("endpoints")!.Select(item => ((JsonString)((JsonObject)item!).Array("addresses")![0]!).Value));
        return old == now ? now : $"{old} but {now}";
    }

    /// <summary>Looks again after each change of the store.</summary>
    private async Task BecomesAsync(string addresses, bool advance = false)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        using var watch = _store.Watch("endpointslices.discovery.k8s.io", null, _store.Revision)!;
        using var other = _store.Watch("endpoints", null, _store.Revision)!;
        while (Addresses() != addresses)
        {
            Assert.False(late.IsCancellationRequested, $"still {Addresses()}");
            if (advance)
            {
                _clock.Advance(TimeSpan.FromSeconds(0.2));
                await Task.Yield();
                continue;
            }
            await Task.WhenAny(watch.Changes.WaitToReadAsync(late.Token).AsTask(), other.Changes.WaitToReadAsync(late.Token).AsTask());
            while (watch.Changes.TryRead(out _) || other.Changes.TryRead(out _))
            {
                // Only that something changed counts.
            }
        }
    }
}

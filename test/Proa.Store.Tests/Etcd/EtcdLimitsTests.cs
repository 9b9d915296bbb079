using Google.Protobuf;
using Proa.Store.Encryption;
using Proa.Store.Etcd;
using Proa.Store.Etcd.Rpc;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Etcd;

/// <summary>Sizes, space, lifetimes, compaction, and what lies in etcd.</summary>
[Collection(EtcdCollection.Name)]
public sealed class EtcdLimitsTests(EtcdCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_LargerThanEtcdTakes_SaysSoAndChangesNothing()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        await using var store = await EtcdStores.OpenAsync(options);
        // With the limit that is known here, and with one that only etcd knows.
        await using var unaware = await EtcdStores.OpenAsync(options with { MaxRequestBytes = int.MaxValue });
        var before = store.Revision;
        foreach (var (writer, size) in ((EtcdStore, int)[])[(store, 1_600_000), (unaware, 1_600_000), (unaware, 4_000_000)])
        {
            var result = await writer.TryAsync(Create("large", new string('x', size)));
            Assert.Equal(WriteOutcome.TooLarge, result.Outcome);
            Assert.Contains("too large", result.Error);
        }
        Assert.Null(await store.ReadBarrierAsync(Ct));
        Assert.Equal(before, store.Revision);
        await store.DoneAsync(Create("fits", new string('x', 1_500_000)));
        await using var again = await EtcdStores.OpenAsync(options);
        Assert.Equal(1_500_000, Value(again.Get(new(Maps, "default", "fits"))!).Length);
    }

    [Fact]
    public async Task Events_AfterTheirTime_AreRemovedByEtcd()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix()) with { EventLifetime = TimeSpan.FromSeconds(1) };
        await using var store = await EtcdStores.OpenAsync(options);
        using var watch = store.Watch("events", null, store.Revision)!;
        var made = await store.DoneAsync(Create("e", "1", resource: "events"));
        var kept = await store.DoneAsync(Create("kept"));
        await watch.Changes.ReadAsync(Ct);
        var gone = await watch.Changes.ReadAsync(Ct);
        Assert.Equal((ChangeKind.Deleted, made.Revision), (gone.Kind, gone.Previous!.Revision));
        Assert.True(gone.Object.Revision > kept.Revision);
        Assert.NotNull(store.Get(kept.Key));
    }

    [Fact]
    public async Task MasterLeases_EachRenewal_HasALeaseOfItsOwn()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        await using var store = await EtcdStores.OpenAsync(options);
        using var raw = new RawEtcd(cluster.Endpoints[0]);
        var made = await store.DoneAsync(Create("10.0.0.1", "1", ns: "", resource: "masterleases"));
        var first = Assert.Single(await raw.RangeAsync($"{options.Prefix}/masterleases/10.0.0.1")).Lease;
        await store.DoneAsync(Replace("10.0.0.1", "2", made.Revision, ns: "", resource: "masterleases"));
        var second = Assert.Single(await raw.RangeAsync($"{options.Prefix}/masterleases/10.0.0.1")).Lease;
        Assert.True(first != 0 && second != 0 && first != second, $"{first} {second}");
    }

    [Fact]
    public async Task Compaction_SeveralServers_OneTakesTheTurnAndAnIntervalIsKept()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        await using var a = await EtcdStores.OpenAsync(options);
        await using var b = await EtcdStores.OpenAsync(options);
        using var raw = new RawEtcd(cluster.Endpoints[2]);
        // The key has a past on an etcd that is shared: each learns of it, by losing, before it can win.
        Assert.Null(await a.Compactor.CompactAsync(Ct));
        Assert.Null(await b.Compactor.CompactAsync(Ct));
        var first = await a.DoneAsync(Create("x", "1"));
        Assert.Null(await a.Compactor.CompactAsync(Ct));
        Assert.Null(await b.Compactor.CompactAsync(Ct));
        var turn = await ClockAsync();
        // Within the interval that began at the last turn nothing is lost.
        Assert.NotNull(await AtAsync(first.Revision));
        await a.DoneAsync(Replace("x", "2"));
        Assert.Null(await a.Compactor.CompactAsync(Ct));
        Assert.Null(await b.Compactor.CompactAsync(Ct));
        Assert.Equal(turn + 1, await ClockAsync());
        await a.DoneAsync(Replace("x", "3"));
        Assert.Null(await a.Compactor.CompactAsync(Ct));
        Assert.Null(await b.Compactor.CompactAsync(Ct));
        Assert.Null(await AtAsync(first.Revision));
        // The index has a history of its own.
        Assert.Equal("1", Value(Assert.Single(a.List(Maps, null, first.Revision)!.Items)));
        Assert.Null(await b.ReadBarrierAsync(Ct));
        Assert.Equal("3", Value(b.Get(first.Key)!));

        async Task<long> ClockAsync() => (await raw.RangeAsync("compact_rev_key"))[0].Version;

        async Task<RangeResponse?> AtAsync(long revision)
        {
            try
            {
                return await raw.CallAsync(EtcdCalls.Range, new RangeRequest { Key = ByteString.CopyFromUtf8("any"), Revision = revision });
            }
            catch (InvalidOperationException compacted) when (compacted.Message.Contains("compacted", StringComparison.Ordinal))
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Layout_OfWhatIsWritten_IsTheOriginals()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var prefix = EtcdStores.NewPrefix();
        using var directory = new TestDirectory();
        var options = EtcdStores.Options(cluster.Endpoints, prefix) with
        {
            Encryption = StoreEncryption.FromKeyFile(Path.Combine(directory.Path, "key"), ["secrets"]),
        };
        await using (var store = await EtcdStores.OpenAsync(options))
        {
            await store.DoneAsync(Create("m", "1"));
            await store.DoneAsync(Create("s", "hidden", resource: "secrets"));
            await store.DoneAsync(Create("w", "1", resource: "widgets.example.com"));
        }
        using var raw = new RawEtcd(cluster.Endpoints[0]);
        var pairs = (await raw.RangeAsync(prefix + "/")).ToDictionary(pair => pair.Key.ToStringUtf8()[prefix.Length..], pair => pair.Value.ToStringUtf8());
        Assert.Equal(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"default"},"data":{"value":"1"}}""", pairs["/configmaps/default/m"]);
        Assert.Contains("/example.com/widgets/default/w", pairs.Keys);
        Assert.DoesNotContain("hidden", pairs["/secrets/default/s"]);
        Assert.All(pairs.Keys.Except(["/configmaps/default/m", "/example.com/widgets/default/w", "/secrets/default/s"]), static key => Assert.StartsWith("/.proa/", key));
        await using (var again = await EtcdStores.OpenAsync(options))
        {
            Assert.Equal("hidden", Value(again.Get(new("secrets", "default", "s"))!));
        }
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => EtcdStores.OpenAsync(
            options with { Encryption = StoreEncryption.FromKeyFile(Path.Combine(directory.Path, "another"), ["secrets"]) }));
        Assert.Contains("another cannot be read", refused.Message);
    }

    [Fact]
    public async Task Write_SpaceUsedUp_IsRefusedWithTheCauseAndReadsGoOn()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        await using var small = new EtcdCluster(1, "--quota-backend-bytes", $"{4 << 20}");
        await small.InitializeAsync();
        await using var store = await EtcdStores.OpenAsync(EtcdStores.Options(small.Endpoints, EtcdStores.NewPrefix()));
        var done = 0;
        WriteResult result;
        while ((result = await store.TryAsync(Create($"n{done}", new string('x', 200_000)))).Outcome == WriteOutcome.Done)
        {
            Assert.True(++done < 100, "the space never ended");
        }
        Assert.Equal(WriteOutcome.Unavailable, result.Outcome);
        Assert.Contains("database space exceeded", result.Error);
        Assert.DoesNotContain("not known", result.Error);
        Assert.Null(await store.ReadBarrierAsync(Ct));
        Assert.Equal(done, store.List(Maps, null)!.Items.Count);
    }
}

using Proa.Store.Etcd;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Etcd;

/// <summary>Several stores on one etcd, and others that write to it.</summary>
[Collection(EtcdCollection.Name)]
public sealed class EtcdServersTests(EtcdCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoStores_WritingAtOnce_EachWatchSeesEveryChangeOnceInOrder()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        await using var a = await EtcdStores.OpenAsync(options);
        await using var b = await EtcdStores.OpenAsync(options with { Endpoints = [.. options.Endpoints.Reverse()] });
        Assert.Equal(a.ClusterId, b.ClusterId);
        EtcdStore[] stores = [a, b];
        var watches = stores.Select(store => store.Watch(Maps, null, store.Revision)!).ToList();
        var written = await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            var revisions = new List<long>();
            for (var i = 0; i < 60; i++)
            {
                revisions.Add((await stores[w % 2].DoneAsync(Create($"w{w}-{i}"))).Revision);
            }
            return revisions;
        })));
        var expected = written.SelectMany(static revisions => revisions).Order().ToList();
        Assert.Equal(expected.Count, expected.Distinct().Count());
        foreach (var watch in watches)
        {
            var seen = new List<long>();
            while (seen.Count < expected.Count)
            {
                seen.Add((await watch.Changes.ReadAsync(Ct)).Object.Revision);
            }
            Assert.Equal(expected, seen);
            watch.Dispose();
        }
        foreach (var store in stores)
        {
            Assert.Null(await store.ReadBarrierAsync(Ct));
        }
        Assert.Equal(
            a.List(Maps, null)!.Items.Select(item => (item.Key, item.Revision)), b.List(Maps, null)!.Items.Select(item => (item.Key, item.Revision)));
    }

    [Fact]
    public async Task ReadBarrier_AfterAnothersWrite_ReadsAreNotOlder()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        await using var a = await EtcdStores.OpenAsync(options);
        await using var b = await EtcdStores.OpenAsync(options);
        await a.DoneAsync(Create("counter", "0"));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                var (writer, reader) = (n + i) % 2 == 0 ? (a, b) : (b, a);
                var done = await writer.DoneAsync(i % 10 == 9 ? Delete($"n{n}") : writer.Get(new(Maps, "default", $"n{n}")) is null ? Create($"n{n}", $"{i}") : Replace($"n{n}", $"{i}"));
                Assert.Null(await reader.ReadBarrierAsync(Ct));
                var read = reader.Get(done.Key);
                Assert.Equal(i % 10 == 9 ? null : done.Revision, read?.Revision);
                Assert.True(reader.Revision >= done.Revision);
            }
        })));
    }

    [Fact]
    public async Task ReadBarrier_ChangeOutsideThePrefix_IsNotWaitedForInVain()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        await using var store = await EtcdStores.OpenAsync(EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix()));
        using var raw = new RawEtcd(cluster.Endpoints[1]);
        var foreign = await raw.PutAsync("/elsewhere", "1");
        Assert.True(store.Revision < foreign);
        Assert.Null(await store.ReadBarrierAsync(Ct));
        Assert.True(store.Revision >= foreign);
    }

    [Fact]
    public async Task Write_AgainstAnothersNewerState_IsConflictWithThatState()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        await using var a = await EtcdStores.OpenAsync(options);
        await using var b = await EtcdStores.OpenAsync(options);
        var first = await a.DoneAsync(Create("x", "1"));
        Assert.Equal((WriteOutcome.Exists, first.Revision), Told(await b.TryAsync(Create("x"))));
        var second = await b.DoneAsync(Replace("x", "2", first.Revision));
        Assert.Equal((WriteOutcome.Conflict, second.Revision), Told(await a.TryAsync(Replace("x", "3", first.Revision))));
        Assert.Equal((WriteOutcome.Conflict, second.Revision), Told(await a.TryAsync(Delete("x", first.Revision))));
        // Any revision: the write is made again on what the other one wrote.
        var third = await a.DoneAsync(Replace("x", "3"));
        var gone = await b.DoneAsync(Delete("x"));
        Assert.True(gone.Revision > third.Revision);
        Assert.Equal(WriteOutcome.NotFound, (await a.TryAsync(Replace("x", "4", third.Revision))).Outcome);
        Assert.Equal(WriteOutcome.NotFound, (await a.TryAsync(Delete("x"))).Outcome);
        Assert.True((await a.DoneAsync(Create("x"))).CreateRevision > gone.Revision);

        static (WriteOutcome, long?) Told(WriteResult result) => (result.Outcome, result.Object?.Revision);
    }

    [Fact]
    public async Task ForeignWriters_SeveralChangesInOneRevision_AreSeenTogether()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var prefix = EtcdStores.NewPrefix();
        await using var store = await EtcdStores.OpenAsync(EtcdStores.Options(cluster.Endpoints, prefix));
        using var raw = new RawEtcd(cluster.Endpoints[0]);
        using var watch = store.Watch(Maps, null, store.Revision)!;
        var old = await store.DoneAsync(Create("old"));
        const string json = """{"metadata":{"name":"new","namespace":"default","resourceVersion":"7"},"apiVersion":"v1", "kind":"ConfigMap","data":{"value":"5"}}""";
        var together = await raw.TogetherAsync(
            RawEtcd.Delete($"{prefix}/configmaps/default/old"), RawEtcd.Put($"{prefix}/configmaps/default/new", json + "\n"),
            RawEtcd.Put($"{prefix}/ranges/serviceips", "not an object"), RawEtcd.Put($"{prefix}/configmaps/default/broken", "not JSON"));
        Assert.Equal(old.Revision, (await watch.Changes.ReadAsync(Ct)).Object.Revision);
        var (first, second) = (await watch.Changes.ReadAsync(Ct), await watch.Changes.ReadAsync(Ct));
        Assert.Equal([(ChangeKind.Deleted, together), (ChangeKind.Added, together)], [(first.Kind, first.Object.Revision), (second.Kind, second.Object.Revision)]);
        Assert.Equal($"{together}", Version(first.Object));
        Assert.Equal(old.Revision, first.Previous!.Revision);
        var item = Assert.Single(store.List(Maps, null)!.Items);
        Assert.Equal(
            $$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"{{{together}}}","name":"new","namespace":"default"},"data":{"value":"5"}}""",
            System.Text.Encoding.UTF8.GetString(item.Json.Span));
        Assert.Empty(store.List(Maps, null, old.Revision - 1)!.Items);
        Assert.Equal("old", Assert.Single(store.List(Maps, null, old.Revision)!.Items).Key.Name);
        // A start does not go over what cannot be read.
        var refused = await Assert.ThrowsAsync<StoreOpenException>(() => EtcdStores.OpenAsync(EtcdStores.Options(cluster.Endpoints, prefix)));
        Assert.Contains("configmaps/default/broken", refused.Message);
    }

    [Fact]
    public async Task History_CompactedWhileCutOff_WatchesEndAndAllIsLoadedAnew()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        using var relay = new TcpRelay(cluster.Endpoints[0]);
        await using var there = await EtcdStores.OpenAsync(options);
        await using var cut = await EtcdStores.OpenAsync(options with { Endpoints = [relay.Address] });
        await there.DoneAsync(Create("kept", "1"));
        await there.DoneAsync(Create("gone", "1"));
        Assert.Null(await cut.ReadBarrierAsync(Ct));
        var before = cut.Revision;
        using var watch = cut.Watch(Maps, null, before)!;
        relay.Cut();
        await there.DoneAsync(Replace("kept", "2"));
        await there.DoneAsync(Delete("gone"));
        await there.DoneAsync(Create("gone", "another"));
        var last = await there.DoneAsync(Create("new", "1"));
        using var raw = new RawEtcd(cluster.Endpoints[0]);
        await raw.CompactAsync(last.Revision);
        relay.Mend();
        Assert.False(await watch.Changes.WaitToReadAsync(Ct));
        Assert.True(watch.Overrun);
        Assert.Equal(before, watch.ProgressRevision);
        Assert.Null(await cut.ReadBarrierAsync(Ct));
        Assert.Null(cut.Watch(Maps, null, before));
        Assert.Null(cut.List(Maps, null, before));
        Assert.Equal(
            there.List(Maps, null)!.Items.Select(item => (item.Key, item.Revision, item.CreateRevision, Value(item))),
            cut.List(Maps, null)!.Items.Select(item => (item.Key, item.Revision, item.CreateRevision, Value(item))));
        // It follows again.
        using var resumed = cut.Watch(Maps, null, cut.Revision)!;
        var next = await there.DoneAsync(Replace("new", "2"));
        Assert.Equal(next.Revision, (await resumed.Changes.ReadAsync(Ct)).Object.Revision);
    }

    [Fact]
    public async Task Watch_CutOffForAWhile_GoesOnWhereItWas()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        using var relay = new TcpRelay(cluster.Endpoints[0]);
        await using var there = await EtcdStores.OpenAsync(options);
        await using var cut = await EtcdStores.OpenAsync(options with { Endpoints = [relay.Address] });
        using var watch = cut.Watch(Maps, null, cut.Revision)!;
        var expected = new List<long>();
        for (var i = 0; i < 30; i++)
        {
            expected.Add((await there.DoneAsync(Create($"n{i}"))).Revision);
            if (i % 10 == 5)
            {
                relay.Cut();
            }
            else if (i % 10 == 8)
            {
                relay.Mend();
            }
        }
        foreach (var revision in expected)
        {
            Assert.Equal(revision, (await watch.Changes.ReadAsync(Ct)).Object.Revision);
        }
        Assert.False(watch.Overrun);
    }

    [Fact]
    public async Task Write_AnswersLost_OutcomesAreStillTold()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        using var relay = new TcpRelay(cluster.Endpoints[0]);
        await using var other = await EtcdStores.OpenAsync(options);
        await using var store = await EtcdStores.OpenAsync(options with { Endpoints = [relay.Address] });
        var old = await store.DoneAsync(Create("old", "1"));
        var doomed = await store.DoneAsync(Create("doomed", "1"));
        Assert.Null(await other.ReadBarrierAsync(Ct));
        var lost = relay.SwallowAnswers();
        using var watch = other.Watch(Maps, null, other.Revision)!;
        var writes = new[] { store.TryAsync(Create("new")), store.TryAsync(Replace("old", "2", old.Revision)), store.TryAsync(Delete("doomed", doomed.Revision)) };
        await lost;
        var made = new Dictionary<string, long>();
        while (made.Count < writes.Length)
        {
            var change = await watch.Changes.ReadAsync(Ct);
            made.Add(change.Object.Key.Name, change.Object.Revision);
        }
        // Another one writes on what was written: a look at the object itself would tell nothing any more.
        await other.DoneAsync(Replace("old", "3", made["old"]));
        relay.StopSwallowing();
        var told = await Task.WhenAll(writes);
        Assert.All(told, static result => Assert.Equal((WriteOutcome.Done, (string?)null), (result.Outcome, result.Error)));
        Assert.Equal([made["new"], made["old"], made["doomed"]], told.Select(static result => result.Object!.Revision));
        Assert.Equal("2", Value(told[1].Object!));
    }

    [Fact]
    public async Task Create_FirstAttemptArrivesAfterTheObjectWasDeletedAgain_IsNotCarriedOutTwice()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        using var relay = new TcpRelay(cluster.Endpoints[0]);
        await using var store = await EtcdStores.OpenAsync(
            options with { Endpoints = [relay.Address, cluster.Endpoints[1]], RequestTimeout = TimeSpan.FromSeconds(1) });
        await store.DoneAsync(Create("other", "1"));
        var held = relay.HoldRequests();
        var creating = store.DoneAsync(Create("x", "1"));
        await held;
        // Over the second member.
        await creating;
        await store.DoneAsync(Delete("x"));
        await relay.DeliverAsync();
        Assert.Null(await store.ReadBarrierAsync(Ct));
        Assert.Null(store.Get(new ObjectKey(Maps, "default", "x")));
    }
}

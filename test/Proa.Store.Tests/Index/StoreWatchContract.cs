using Proa.Store.Index;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Index;

/// <summary>The rules of watches and of older states, for every store.</summary>
public abstract class StoreWatchContract
{
    private long _before;

    /// <summary>An empty store of its own.</summary>
    private protected abstract Task<IObjectStore> OpenAsync(TimeProvider time, HistoryLimits limits);

    private async Task<IObjectStore> OpenAsync(HistoryLimits? limits = null, TimeProvider? time = null)
    {
        var store = await OpenAsync(time ?? TimeProvider.System, limits ?? HistoryLimits.Default);
        // A store that has seen no write is at 1; one on an etcd that others use is not.
        _before = store.Revision - 1;
        return store;
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_FromThePast_ReplaysThenGoesOn()
    {
        await using var store = await OpenAsync();
        await store.DoneAsync(Create("a", "1"));
        await store.DoneAsync(Create("x", resource: "pods"));
        await store.DoneAsync(Replace("a", "2"));
        using var watch = store.Watch(Maps, null, _before + 2)!;
        await store.DoneAsync(Create("b", ns: "other"));
        await store.DoneAsync(Delete("a"));
        Assert.Equal(["Modified a 4 was 2", "Added b 5 was", "Deleted a 6 was 4"], await ReadAsync(watch, 3));
        Assert.Equal(6, watch.ProgressRevision - _before);
    }

    [Fact]
    public async Task Watch_OfANamespace_SeesOnlyIt()
    {
        await using var store = await OpenAsync();
        await store.DoneAsync(Create("a", ns: "one"));
        await store.DoneAsync(Create("b", ns: "two"));
        using var watch = store.Watch(Maps, "two", _before + 1)!;
        await store.DoneAsync(Create("c", ns: "one"));
        await store.DoneAsync(Create("d", ns: "two"));
        Assert.Equal(["Added b 3 was", "Added d 5 was"], await ReadAsync(watch, 2));
    }

    [Fact]
    public async Task Watch_FutureRevision_BeginsAfterIt()
    {
        await using var store = await OpenAsync();
        using var watch = store.Watch(Maps, null, _before + 3)!;
        await store.DoneAsync(Create("a"));
        await store.DoneAsync(Create("b"));
        await store.DoneAsync(Create("c"));
        Assert.Equal(["Added c 4 was"], await ReadAsync(watch, 1));
    }

    [Fact]
    public async Task Watch_CompactedRevision_IsNull()
    {
        await using var store = await OpenAsync(new HistoryLimits(4, long.MaxValue, TimeSpan.FromDays(1), 100));
        for (var i = 0; i < 10; i++)
        {
            await store.DoneAsync(Create($"n{i}"));
        }
        Assert.Equal(7, store.CompactedRevision - _before);
        Assert.Null(store.Watch(Maps, null, _before + 6));
        Assert.Null(store.List(Maps, null, _before + 6));
        Assert.Equal(6, store.List(Maps, null, _before + 7)!.Items.Count);
        using var watch = store.Watch(Maps, null, _before + 7)!;
        Assert.Equal(["Added n6 8 was", "Added n7 9 was", "Added n8 10 was", "Added n9 11 was"], await ReadAsync(watch, 4));
        // Another collection's history is whole.
        Assert.NotNull(store.Watch("pods", null, _before + 1));
    }

    [Fact]
    public async Task History_TooManyBytes_DropsTheHeaviestFirst()
    {
        await using var store = await OpenAsync(new HistoryLimits(1000, 50_000, TimeSpan.FromDays(1), 100));
        await store.DoneAsync(Create("light", resource: "pods"));
        await store.DoneAsync(Create("heavy"));
        for (var i = 0; i < 20; i++)
        {
            await store.DoneAsync(Replace("heavy", new string('x', 10_000)));
        }
        Assert.NotNull(store.Watch("pods", null, _before + 1));
        Assert.Null(store.Watch(Maps, null, _before + 1));
        Assert.NotNull(store.Watch(Maps, null, store.Revision - 3));
    }

    [Fact]
    public async Task History_TooOld_IsDroppedWithTheNextChange()
    {
        var clock = new ManualClock();
        await using var store = await OpenAsync(time: clock);
        await store.DoneAsync(Create("a"));
        clock.Advance(TimeSpan.FromMinutes(4));
        await store.DoneAsync(Create("b"));
        Assert.NotNull(store.Watch(Maps, null, _before + 1));
        clock.Advance(TimeSpan.FromMinutes(2));
        await store.DoneAsync(Create("c"));
        Assert.Null(store.Watch(Maps, null, _before + 1));
        Assert.NotNull(store.Watch(Maps, null, _before + 2));
    }

    [Fact]
    public async Task List_OfAnOldState_EndsThoughTheCollectionIsAtRest()
    {
        var clock = new ManualClock();
        await using var store = await OpenAsync(time: clock);
        await store.DoneAsync(Create("a"));
        await store.DoneAsync(Create("b"));
        var first = store.Revision - 1;
        clock.Advance(TimeSpan.FromMinutes(4));
        await store.DoneAsync(Create("x", resource: "pods"));
        Assert.NotNull(store.List(Maps, null, first));
        for (var i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(4));
            await store.DoneAsync(Create($"y{i}", resource: "pods"));
        }

        Assert.Null(store.List(Maps, null, first));
        Assert.NotNull(store.List(Maps, null, store.Revision));
        // A watch may still begin with what is there.
        Assert.NotNull(store.Watch(Maps, null, first));
    }

    [Fact]
    public async Task Watch_ReaderFallsBehind_IsEndedAndSaysSo()
    {
        await using var store = await OpenAsync(new HistoryLimits(1000, long.MaxValue, TimeSpan.FromDays(1), 3));
        using var slow = store.Watch(Maps, null, _before + 1)!;
        for (var i = 0; i < 6; i++)
        {
            await store.DoneAsync(Create($"n{i}"));
        }
        Assert.Equal(["Added n0 2 was", "Added n1 3 was", "Added n2 4 was"], await ReadAsync(slow, 3));
        Assert.False(await slow.Changes.WaitToReadAsync(Ct));
        Assert.True(slow.Overrun);
        Assert.Equal(4, slow.ProgressRevision - _before);
        using var resumed = store.Watch(Maps, null, _before + 4)!;
        Assert.Equal(["Added n3 5 was", "Added n4 6 was", "Added n5 7 was"], await ReadAsync(resumed, 3));
    }

    [Fact]
    public async Task Watch_DisposedOrStoreClosed_Ends()
    {
        var store = await OpenAsync();
        var one = store.Watch(Maps, null, _before + 1)!;
        var two = store.Watch(Maps, null, _before + 1)!;
        one.Dispose();
        Assert.False(await one.Changes.WaitToReadAsync(Ct));
        await store.DoneAsync(Create("a"));
        await store.DisposeAsync();
        Assert.Single(await ReadAsync(two, 1));
        Assert.False(await two.Changes.WaitToReadAsync(Ct));
        Assert.False(two.Overrun);
    }

    [Fact]
    public async Task Watch_ManyWritersAndWatchers_EachSeesEveryRevisionOnceInOrder()
    {
        await using var store = await OpenAsync();
        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 250; i++)
            {
                await store.DoneAsync(Create($"w{w}-{i}"));
            }
        })).ToList();
        // Subscribes while the writes go on: what the list holds and what the watch tells make up everything, without overlap.
        var watchers = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var list = store.List(Maps, null)!;
            using var watch = store.Watch(Maps, null, list.Revision)!;
            var seen = list.Items.Select(obj => obj.Revision).Order().ToList();
            while (seen.Count < 2000)
            {
                seen.Add((await watch.Changes.ReadAsync(Ct)).Object.Revision);
            }
            Assert.Equal(Enumerable.Range(2, 2000).Select(i => _before + i), seen);
        })).ToList();
        await Task.WhenAll([.. writers, .. watchers]);
    }

    private async Task<List<string>> ReadAsync(IStoreWatch watch, int count)
    {
        var changes = new List<string>();
        while (changes.Count < count)
        {
            var change = await watch.Changes.ReadAsync(Ct);
            changes.Add($"{change.Kind} {change.Object.Key.Name} {change.Object.Revision - _before} was {change.Previous?.Revision - _before}".TrimEnd());
        }
        return changes;
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Tests.Faults;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Commit;

/// <summary>A store that is made to hold what another one holds, while it is in use.</summary>
public sealed class ReplaceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replace_WatchesAndReaders_SeeEachDifferenceOnceAndInOrder()
    {
        using var directory = new TestDirectory();
        await using var other = await FilledAsync(("same", "1"), ("changed", "backup"), ("missing", "backup"), ("reborn", "backup"));
        await using var store = await OpenAsync(directory);
        foreach (var name in new[] { "same", "changed", "gone", "reborn" })
        {
            await store.DoneAsync(Create(name, name == "same" ? "1" : "now"));
        }
        var same = store.Get(Key("same"))!;
        var before = store.Revision;
        using var watch = store.Watch(Maps, null, before)!;
        var (_, wanted) = StoreCopy.All(other);
        // Of the same name, and another object.
        wanted = [.. wanted.Select(item => item.Key.Name == "reborn" ? WithUid(item, "another") : item)];

        var changes = await store.ReplaceAsync(wanted, 0, static () => Task.CompletedTask, Ct);

        Assert.Equal(5, changes);
        var seen = Enumerable.Range(0, watch.Changes.Count).Select(_ => watch.Changes.TryRead(out var change) ? change : default).ToList();
        Assert.Equal(
            [(ChangeKind.Deleted, "gone"), (ChangeKind.Modified, "changed"), (ChangeKind.Added, "missing"), (ChangeKind.Deleted, "reborn"), (ChangeKind.Added, "reborn")],
            seen.Select(change => (change.Kind, change.Object.Key.Name)));
        Assert.Equal(Enumerable.Range(1, 5).Select(step => before + step), seen.Select(change => change.Object.Revision));
        Assert.All(seen, change => Assert.Equal($"{change.Object.Revision}", Version(change.Object)));
        Assert.Same(same, store.Get(Key("same")));
        Assert.Null(StoreCopy.Difference(wanted, StoreCopy.All(store).Objects));
        // A watch that resumes from before is told the same; a page of before is what it was.
        using var resumed = store.Watch(Maps, null, before)!;
        Assert.Equal(5, resumed.Changes.Count);
        Assert.Contains(store.List(Maps, null, before)!.Items, item => item.Key.Name == "gone");
    }

    [Fact]
    public async Task Replace_ByANewerState_GoesOnAboveBothRevisions()
    {
        using var directory = new TestDirectory();
        await using var other = await FilledAsync(("a", "1"));
        await using (var store = await OpenAsync(directory))
        {
            await store.ReplaceAsync(StoreCopy.All(other).Objects, 5000, static () => Task.CompletedTask, Ct);
            Assert.Equal(5001, store.Revision);
            Assert.Equal(5001, store.Get(Key("a"))!.Revision);
            Assert.Equal(5002, (await store.DoneAsync(Create("b"))).Revision);
        }
        await using var again = await OpenAsync(directory);
        Assert.Equal(5002, again.Revision);
    }

    [Fact]
    public async Task Replace_WhileWritersWrite_KeepsWhatIsAcknowledgedInTheCopyOrInTheStore()
    {
        using var directory = new TestDirectory();
        using var kept = new TestDirectory();
        await using var other = await FilledAsync(("a", "1"));
        await using var store = await OpenAsync(directory);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var enough = new TaskCompletionSource();
        var done = new System.Collections.Concurrent.ConcurrentBag<StoredObject>();
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    done.Add(await store.DoneAsync(Create($"w{w}-{i}", $"{i}")));
                    if (i == 100)
                    {
                        enough.TrySetResult();
                    }
                }
            },
            Ct)).ToList();
        await enough.Task.WaitAsync(Ct);
        await store.ReplaceAsync(StoreCopy.All(other).Objects, 0, async () => await store.BackUpAsync(kept.Database), Ct);
        var after = store.Revision;
        await store.DoneAsync(Create("last"));
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await using var copy = await OpenAsync(kept);

        Assert.NotNull(store.Get(Key("a")));
        Assert.All(done, item => Assert.NotEqual(copy.Get(item.Key) is null, store.Get(item.Key) is null));
        Assert.All(done, item => Assert.Equal(item.Revision <= copy.Revision, copy.Get(item.Key) is not null));
        Assert.True(copy.Revision < after);
    }

    [Fact]
    public async Task Replace_DiskOrCopyRefuses_ChangesNothingAndTheStoreGoesOn()
    {
        using var directory = new TestDirectory();
        await using var other = await FilledAsync(("a", "1"), ("b", new string('b', 20_000)));
        using var disk = new FaultDisk(directory.Path, 1);
        await using var store = await OpenAsync(directory);
        await store.DoneAsync(Create("mine"));
        var revision = store.Revision;
        var writes = 0;
        await Assert.ThrowsAsync<IOException>(() => store.ReplaceAsync(StoreCopy.All(other).Objects, 0, static () => throw new IOException("no space"), Ct));
        disk.Fault = call => call.Operation == DiskOperation.Write && ++writes > 3 ? DiskFault.Full : DiskFault.None;
        var refused = await Assert.ThrowsAsync<IOException>(() => store.ReplaceAsync(StoreCopy.All(other).Objects, 0, static () => Task.CompletedTask, Ct));
        disk.Fault = null;

        Assert.Contains("cannot be written", refused.Message);
        Assert.Equal(revision, store.Revision);
        Assert.Equal(["mine"], store.List(Maps, null)!.Items.Select(item => item.Key.Name));
        await store.DoneAsync(Create("later"));
        Assert.Equal(4, await store.ReplaceAsync(StoreCopy.All(other).Objects, 0, static () => Task.CompletedTask, Ct));
    }

    [Fact]
    public async Task Replace_Secrets_AreUnderTheStoresOwnKeyAfterwards()
    {
        using var directory = new TestDirectory();
        using var source = new TestDirectory();
        await using (var other = await OpenAsync(source))
        {
            await other.DoneAsync(Create("s", "hidden-text", resource: "secrets"));
        }
        await using (var store = await OpenAsync(directory))
        {
            await store.DoneAsync(Create("t", "hidden-text", resource: "secrets"));
            await using var other = await OpenAsync(source);
            await store.ReplaceAsync(StoreCopy.All(other).Objects, 0, static () => Task.CompletedTask, Ct);
            await store.RotateAsync(Ct);
        }
        Assert.All(Directory.GetFiles(directory.Path, "store.db*"), file => Assert.DoesNotContain("hidden-text", File.ReadAllText(file, System.Text.Encoding.Latin1)));
        await using var again = await OpenAsync(directory);
        Assert.Equal(["hidden-text"], again.List("secrets", null)!.Items.Select(Value));
    }

    private static ObjectKey Key(string name) => new(Maps, "default", name);

    private static StoredObject WithUid(StoredObject item, string uid) => new()
    {
        Key = item.Key,
        Revision = item.Revision,
        CreateRevision = item.CreateRevision,
        Json = item.Json,
        Index = item.Index with { Uid = uid },
    };

    private static async Task<ObjectStore> FilledAsync(params (string Name, string Value)[] objects)
    {
        var store = ObjectStore.InMemory(TimeProvider.System);
        foreach (var (name, value) in objects)
        {
            await store.DoneAsync(Create(name, value));
        }
        return store;
    }

    private static Task<ObjectStore> OpenAsync(TestDirectory directory) =>
        ObjectStore.OpenAsync(directory.Options, IndexOf, TimeProvider.System, NullLogger.Instance);
}

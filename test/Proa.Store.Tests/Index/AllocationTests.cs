using Proa.Store.Index;

namespace Proa.Store.Tests.Index;

/// <summary>What the index allocates, in bytes: reads and the fan-out to watches are on every request's path.</summary>
public sealed class AllocationTests
{
    private const int GetBudget = 0;

    // The slice and the snapshot that holds it.
    private const int ListBudget = 160;

    // Two paths of a tree of 10,000 objects, the history's entry, and the state.
    private const int PublishBudget = 4_000;

    // A watch's queue grows now and then; nothing is made for a change.
    private const int DeliveryBudget = 16;

    private const int Objects = 10_000;

    [Fact]
    public void Get_StaysInItsBudget()
    {
        var index = Filled();
        Assert.InRange(Allocated(1000, i => index.Get(new ObjectKey("things", "a", Names[i]))), 0, GetBudget);
    }

    [Fact]
    public void List_StaysInItsBudget()
    {
        var index = Filled();
        Assert.InRange(Allocated(1000, i => index.List("things", "a", 0)), 1, ListBudget);
    }

    [Fact]
    public void Publish_ToManyWatches_AllocatesForTheChangeAndNotForTheWatches()
    {
        const int watches = 200;
        var index = Filled();
        var alone = Allocated(1000, i => Publish(index, i));
        Assert.InRange(alone, 1, PublishBudget);
        var watching = Enumerable.Range(0, watches).Select(_ => index.Watch("things", null, index.State.Revision)!).ToList();
        var together = Allocated(1000, i =>
        {
            Publish(index, i);
            foreach (var watch in watching)
            {
                Assert.True(watch.Changes.TryRead(out var _));
            }
        });
        Assert.InRange((together - alone) / watches, -DeliveryBudget, DeliveryBudget);
        watching.ForEach(watch => watch.Dispose());
    }

    private static readonly string[] Names = [.. Enumerable.Range(0, Objects).Select(i => $"n{i:d5}")];

    private static StoreIndex Filled()
    {
        var index = new StoreIndex(TimeProvider.System, HistoryLimits.Default with { Changes = 100 });
        index.Reset(Objects, new Dictionary<string, ObjectTree> { ["things"] = ObjectTree.Build([.. Enumerable.Range(0, Objects).Select(i => Object(i, i + 1))]) });
        return index;
    }

    private static void Publish(StoreIndex index, int number)
    {
        var collection = index.Collection("things");
        var before = index.Get(new ObjectKey("things", "a", Names[number]));
        var revision = index.State.Revision + 1;
        var after = Object(number, revision);
        var edit = new StateEdit(index.State);
        edit.Set(collection, edit.Tree(collection).Set(after));
        index.Publish(edit.At(revision), [(collection, new StoreChange(ChangeKind.Modified, after, before))]);
    }

    private static StoredObject Object(int number, long revision) => new()
    {
        Key = new ObjectKey("things", "a", Names[number]),
        Revision = revision,
        CreateRevision = number + 1,
        Json = default,
        Index = ObjectIndex.Empty,
    };

    /// <summary>Bytes each, the least of some rounds.</summary>
    private static long Allocated(int count, Action<int> step)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < count; i++)
            {
                step(i);
            }
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / count);
        }
        return least;
    }
}

namespace Proa.Store.Index;

/// <summary>
/// The latest changes of one collection, oldest first: for watches that start in the past and for pages of an older state.
/// Guarded by the index's gate.
/// </summary>
internal sealed class ChangeHistory(long floor)
{
    private (StoreChange Change, long Time)[] _ring = new (StoreChange, long)[16];
    private int _head;

    /// <summary>Every change after this revision is here: older states are compacted.</summary>
    public long Floor { get; private set; } = floor;

    public int Count { get; private set; }

    /// <summary>What only the history keeps alive, in bytes.</summary>
    public long Bytes { get; private set; }

    public long OldestTime => Count == 0 ? long.MaxValue : _ring[_head].Time;

    public void Add(in StoreChange change, long time)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }
        _ring[(_head + Count) & (_ring.Length - 1)] = (change, time);
        Count++;
        Bytes += Weight(change);
    }

    public void Clear(long floor)
    {
        while (Count > 0)
        {
            DropOldest();
        }
        Floor = floor;
    }

    public void DropOldest()
    {
        ref var slot = ref _ring[_head];
        Floor = slot.Change.Object.Revision;
        Bytes -= Weight(slot.Change);
        slot = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
    }

    /// <summary>The changes after a revision that is not below <see cref="Floor"/>.</summary>
    public StoreChange[] After(long revision)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (At(middle).Object.Revision <= revision)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        var changes = new StoreChange[Count - low];
        for (var i = 0; i < changes.Length; i++)
        {
            changes[i] = At(low + i);
        }
        return changes;
    }

    /// <summary>The tree as it was before these changes.</summary>
    public static ObjectTree RollBack(ObjectTree tree, StoreChange[] changes)
    {
        for (var i = changes.Length - 1; i >= 0; i--)
        {
            ref readonly var change = ref changes[i];
            tree = change.Previous is { } previous
                ? tree.Set(previous)
                : tree.Remove(change.Object.Key.Namespace, change.Object.Key.Name);
        }
        return tree;
    }

    private ref readonly StoreChange At(int index) => ref _ring[(_head + index) & (_ring.Length - 1)].Change;

    private void Grow()
    {
        var wider = new (StoreChange, long)[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            wider[i] = _ring[(_head + i) & (_ring.Length - 1)];
        }
        _ring = wider;
        _head = 0;
    }

    private static long Weight(in StoreChange change)
    {
        const int overhead = 200;
        var deleted = change.Kind == ChangeKind.Deleted ? change.Object.Json.Length : 0;
        return overhead + deleted + (change.Previous?.Json.Length ?? 0);
    }
}

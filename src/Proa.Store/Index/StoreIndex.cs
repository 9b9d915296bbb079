using System.Collections.Concurrent;

namespace Proa.Store.Index;

/// <summary>
/// All objects in memory, what changed lately, and who is told. Reads take no lock; <see cref="Publish"/> is called by one
/// writer at a time.
/// </summary>
internal sealed class StoreIndex(TimeProvider time, HistoryLimits limits)
{
    private readonly ConcurrentDictionary<string, Collection> _collections = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly long _maxAge = (long)(limits.Age.TotalSeconds * time.TimestampFrequency);
    private volatile StoreState _state = new(1, []);
    private long _floor = 1;
    private long _progress = 1;
    private (long Revision, long Time) _mark = (1, time.GetTimestamp());
    private long _forgotten = 1;
    private bool _closed;

    public StoreState State => _state;

    /// <summary>Up to here everything has been told to the watches.</summary>
    public long Progress => Volatile.Read(ref _progress);

    public long CompactedRevision
    {
        get
        {
            lock (_gate)
            {
                return _collections.Values.Aggregate(_floor, (highest, collection) => Math.Max(highest, collection.History.Floor));
            }
        }
    }

    public Collection Collection(string resource)
    {
        if (_collections.TryGetValue(resource, out var known))
        {
            return known;
        }
        lock (_gate)
        {
            return _collections.GetOrAdd(
                resource, static (name, index) => new Collection(name, index._collections.Count, index._floor), this);
        }
    }

    /// <summary>Starts from what was loaded: there is no history before it.</summary>
    public void Reset(long revision, IReadOnlyDictionary<string, ObjectTree> trees)
    {
        _floor = revision;
        var loaded = new ObjectTree[trees.Count];
        foreach (var (resource, tree) in trees)
        {
            loaded[Collection(resource).Ordinal] = tree;
        }
        _state = new StoreState(revision, loaded);
        Volatile.Write(ref _progress, revision);
    }

    /// <summary>
    /// Starts anew in the middle of its life: what happened since the last state is not known. Nothing older can be watched or
    /// listed, and running watches end as overrun.
    /// </summary>
    public void Reload(long revision, IReadOnlyDictionary<string, ObjectTree> trees)
    {
        lock (_gate)
        {
            _floor = revision;
            var edit = new StateEdit(new StoreState(revision, []));
            foreach (var (resource, tree) in trees)
            {
                edit.Set(Collection(resource), tree);
            }
            // Before the watches end: who lists anew then finds it.
            _state = edit.At(revision);
            foreach (var (_, collection) in _collections)
            {
                collection.History.Clear(revision);
                // Before the progress is made: they have not been told of it.
                collection.Watches.ForEach(static watch => watch.Overtake());
                collection.Watches.Clear();
            }
            Volatile.Write(ref _progress, revision);
        }
    }

    /// <summary>Nothing changed up to this revision but what has been published.</summary>
    public void Advance(long revision)
    {
        lock (_gate)
        {
            if (revision > _state.Revision)
            {
                _state = _state with { Revision = revision };
                Volatile.Write(ref _progress, revision);
            }
        }
    }

    public StoredObject? Get(in ObjectKey key) =>
        _collections.TryGetValue(key.Resource, out var collection) ? _state.Tree(collection).Find(key.Namespace, key.Name) : null;

    /// <summary>
    /// Older states are told of for as long as etcd's compaction in a cluster leaves them, between one and two ages, even of a
    /// collection that nobody changed: who reads pages learns that they have grown old. Watches may begin with what is there.
    /// </summary>
    public CollectionSnapshot? List(string resource, string? ns, long revision)
    {
        var collection = Collection(resource);
        var state = _state;
        if (revision == 0 || revision >= state.Revision)
        {
            return new CollectionSnapshot(state.Revision, state.Tree(collection).Slice(ns));
        }
        StoreChange[] later;
        lock (_gate)
        {
            if (revision < collection.History.Floor || revision < _forgotten)
            {
                return null;
            }
            state = _state;
            later = collection.History.After(revision);
        }
        return new CollectionSnapshot(revision, ChangeHistory.RollBack(state.Tree(collection), later).Slice(ns));
    }

    /// <summary>Makes a committed batch visible, at once, and tells the watches.</summary>
    public void Publish(StoreState next, List<(Collection Collection, StoreChange Change)> changes)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (_mark.Time < now - _maxAge)
            {
                (_forgotten, _mark) = (_mark.Revision, (_state.Revision, now));
            }
            _state = next;
            foreach (var (collection, change) in changes)
            {
                collection.History.Add(change, now);
                for (var i = collection.Watches.Count - 1; i >= 0; i--)
                {
                    if (!collection.Watches[i].Offer(change))
                    {
                        collection.Watches.RemoveAt(i);
                    }
                }
            }
            Volatile.Write(ref _progress, next.Revision);
            Trim(changes, now);
        }
    }

    public StoreWatch? Watch(string resource, string? ns, long afterRevision)
    {
        var collection = Collection(resource);
        lock (_gate)
        {
            if (afterRevision < collection.History.Floor)
            {
                return null;
            }
            var watch = new StoreWatch(this, collection, ns, afterRevision, collection.History.After(afterRevision), limits.WatchBacklog);
            if (_closed)
            {
                watch.End();
            }
            else
            {
                collection.Watches.Add(watch);
            }
            return watch;
        }
    }

    public void EndWatch(Collection collection, StoreWatch watch)
    {
        lock (_gate)
        {
            collection.Watches.Remove(watch);
            watch.End();
        }
    }

    /// <summary>Ends all watches, those to come too.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var collection in _collections.Values)
            {
                collection.Watches.ForEach(watch => watch.End());
                collection.Watches.Clear();
            }
        }
    }

    private void Trim(List<(Collection Collection, StoreChange Change)> changes, long now)
    {
        foreach (var (collection, _) in changes)
        {
            var history = collection.History;
            while (history.Count > limits.Changes || history.OldestTime < now - _maxAge)
            {
                history.DropOldest();
            }
        }
        long total = 0;
        ChangeHistory? heaviest = null;
        foreach (var (_, collection) in _collections)
        {
            total += collection.History.Bytes;
            if (heaviest is null || collection.History.Bytes > heaviest.Bytes)
            {
                heaviest = collection.History;
            }
        }
        while (total > limits.Bytes && heaviest is { Count: > 0 })
        {
            var before = heaviest.Bytes;
            heaviest.DropOldest();
            total += heaviest.Bytes - before;
        }
    }
}

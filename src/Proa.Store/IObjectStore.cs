using Proa.Store.Index;

namespace Proa.Store;

/// <summary>
/// Versioned objects with etcd's rules: one revision for the whole store, one more for each write; an object's
/// resourceVersion is the revision of its last write. Reads come from memory and are never older than the last completed
/// write of this process; those of other processes are waited for by <see cref="ReadBarrierAsync"/>. Thread-safe.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>The revision of the last committed write; 1 in a store that has seen none.</summary>
    long Revision { get; }

    /// <summary>
    /// The oldest revision from which a watch of any collection can still start. One collection's history may reach further
    /// back: <see cref="Watch"/> and <see cref="List"/> say.
    /// </summary>
    long CompactedRevision { get; }

    /// <summary>
    /// Completes when reads of this store see every write that was acknowledged to anyone, by this process or by another one on
    /// the same store, before the call. At once, and without an allocation, where this process is the only writer.
    /// </summary>
    /// <returns>Null: reads are that fresh. Otherwise why that cannot be said now: reads may be older.</returns>
    ValueTask<string?> ReadBarrierAsync(CancellationToken ct);

    StoredObject? Get(in ObjectKey key);

    /// <summary>
    /// An immutable snapshot of a collection in etcd's order, that of the text <c>namespace/name</c>. Cheap: no object is
    /// copied.
    /// </summary>
    /// <param name="ns">Null: all namespaces.</param>
    /// <param name="revision">
    /// 0: newest. Otherwise the state at that revision, as long as it is in the history; one that is still to come: newest.
    /// </param>
    /// <returns>Null when that revision is compacted.</returns>
    CollectionSnapshot? List(string resource, string? ns, long revision = 0);

    /// <summary>
    /// Queues a write and completes when it is durable, or refused. Writes are ordered; a refusal changes nothing. The token
    /// is heeded until the write is queued: from then on its outcome is always told.
    /// </summary>
    /// <exception cref="ArgumentException">The request breaks the rules of <see cref="WriteRequest"/>.</exception>
    ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct);

    /// <summary>
    /// All changes of a collection after a revision, in order, then live. A revision still to come is waited for. Null: that
    /// revision is compacted.
    /// </summary>
    IStoreWatch? Watch(string resource, string? ns, long afterRevision);
}

/// <summary>An object's place. <see cref="Resource"/> is <c>pods</c>, <c>deployments.apps</c>: without a version.</summary>
/// <param name="Namespace">Empty for cluster-scoped objects.</param>
public readonly record struct ObjectKey(string Resource, string Namespace, string Name);

/// <summary>
/// An object as it is kept and served: JSON bytes with its resourceVersion in place, and beside them what queries need.
/// Immutable.
/// </summary>
public sealed class StoredObject
{
    private readonly ObjectKey _key;

    public required ObjectKey Key
    {
        get => _key;
        init => _key = value;
    }

    internal ref readonly ObjectKey KeyRef => ref _key;

    /// <summary>The revision of its last write: its resourceVersion.</summary>
    public required long Revision { get; init; }

    /// <summary>The revision at which it was created.</summary>
    public required long CreateRevision { get; init; }

    public required ReadOnlyMemory<byte> Json { get; init; }

    public required ObjectIndex Index { get; init; }
}

/// <summary>What queries need of an object, computed once when it is written or loaded.</summary>
public sealed record ObjectIndex
{
    public static readonly ObjectIndex Empty = new();

    public string Uid { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>The kind's selectable fields besides name and namespace, such as <c>spec.nodeName</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; } = [];

    public IReadOnlyList<string> OwnerUids { get; init; } = [];
}

/// <summary>Computes the index of an object's JSON; given to the store for loading. Pure and thread-safe.</summary>
public delegate ObjectIndex ObjectIndexer(string resource, ReadOnlySpan<byte> json);

/// <summary>A write: create, replace or delete.</summary>
public sealed class WriteRequest
{
    public required ObjectKey Key { get; init; }

    public required WriteKind Kind { get; init; }

    /// <summary>
    /// Create and replace: the object's JSON without a resourceVersion. Delete: the object's last state (with its
    /// deletionTimestamp and so on), told to the caller and, by the embedded store, to watchers (etcd keeps no such state: there
    /// they are told the stored one); may be empty, then it is the stored one.
    /// </summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>
    /// Where in <see cref="Json"/> the store puts <c>"resourceVersion":"N",</c>: the offset after the <c>{</c> of metadata
    /// or after a comma inside it; the metadata has at least one member after it. A delete may leave it 0: the
    /// resourceVersion that stands in its JSON is replaced.
    /// </summary>
    public int RevisionOffset { get; init; }

    /// <summary>For a delete, <see cref="ObjectIndex.Empty"/> stands for the stored object's.</summary>
    public ObjectIndex Index { get; init; } = ObjectIndex.Empty;

    /// <summary>Replace and delete: the revision that the object must stand at; 0: any. Create: must not exist.</summary>
    public long ExpectedRevision { get; init; }
}

public enum WriteKind
{
    Create,
    Replace,
    Delete,
}

public enum WriteOutcome
{
    Done,

    /// <summary>Create: the key exists; <see cref="WriteResult.Object"/> is what is there.</summary>
    Exists,

    /// <summary>Replace, delete: no such key.</summary>
    NotFound,

    /// <summary>The object stands at another revision; <see cref="WriteResult.Object"/> is what is there.</summary>
    Conflict,

    /// <summary>
    /// The disk refused (full, read-only, broken), or etcd cannot be reached: nothing was changed, unless
    /// <see cref="WriteResult.Error"/>, which says why, says that this is not known. Only when the process ends before the disk
    /// takes another write can it come about that the refused one is found made at the next start, as with one whose answer was
    /// never heard.
    /// </summary>
    Unavailable,

    /// <summary>The object is larger than the backend takes: nothing was changed; <see cref="WriteResult.Error"/> says why.</summary>
    TooLarge,
}

/// <param name="Object">Done: the object as committed (for a delete its last state, at the deletion's revision).</param>
public readonly record struct WriteResult(WriteOutcome Outcome, StoredObject? Object, string? Error = null);

/// <summary>A collection at one revision.</summary>
public sealed record CollectionSnapshot(long Revision, IReadOnlyList<StoredObject> Items)
{
    /// <summary>Adds those of the items that match to a list, in order, until it is <paramref name="limit"/> long.</summary>
    /// <param name="filter">Null: all match.</param>
    /// <returns>How many items were gone through: all of them, or up to the last that was added.</returns>
    public static int Select(IReadOnlyList<StoredObject> items, ObjectFilter? filter, long limit, List<StoredObject> chosen)
    {
        if (items is ObjectSlice slice)
        {
            return slice.Select(filter, limit, chosen);
        }
        var at = 0;
        for (; at < items.Count && chosen.Count < limit; at++)
        {
            if (filter is null || filter.Matches(items[at]))
            {
                chosen.Add(items[at]);
            }
        }
        return at;
    }

    /// <summary>The items that come after a key, whether or not it is there itself: the rest of a list after a page.</summary>
    public IReadOnlyList<StoredObject> After(string ns, string name)
    {
        if (Items is ObjectSlice slice)
        {
            return slice.After(ns, name);
        }
        var start = 0;
        while (start < Items.Count && KeyOrder.Compare(Items[start].Key.Namespace, Items[start].Key.Name, ns, name) <= 0)
        {
            start++;
        }
        return [.. Items.Skip(start)];
    }
}

public enum ChangeKind
{
    Added,
    Modified,
    Deleted,
}

/// <summary>
/// One change. <see cref="Object"/> is the new state (for a deletion the last, at the deletion's revision);
/// <see cref="Previous"/> the one before, null when it was added: selectors need both.
/// </summary>
public readonly record struct StoreChange(ChangeKind Kind, StoredObject Object, StoredObject? Previous);

/// <summary>
/// A running watch. Bounded: a reader that falls too far behind is ended (<see cref="Overrun"/>), never waited for.
/// </summary>
public interface IStoreWatch : IDisposable
{
    /// <summary>All further changes; ends when the watch is disposed, overrun or the store closes.</summary>
    System.Threading.Channels.ChannelReader<StoreChange> Changes { get; }

    bool Overrun { get; }

    /// <summary>
    /// A revision up to which every change of the collection has been put into <see cref="Changes"/>. For bookmarks: read it
    /// first, then what <see cref="Changes"/> holds, then tell it.
    /// </summary>
    long ProgressRevision { get; }
}

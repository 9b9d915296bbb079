
namespace Proa.Store;

/// <summary>
/// Versioned objects with etcd's rules: one revision for the whole store, one more for each write; an object's
/// resourceVersion is the revision of its last write. Reads come from memory and are never older than the last completed
/// write. Thread-safe.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>The revision of the last committed write.</summary>
    long Revision { get; }

    /// <summary>The oldest revision from which a watch can still start; before it: compacted.</summary>
    long CompactedRevision { get; }

    StoredObject? Get(in ObjectKey key);

    /// <summary>
    /// An immutable snapshot of a collection, ordered by namespace and name (ordinal). Cheap: no object is copied.
    /// </summary>
    /// <param name="ns">Null: all namespaces.</param>
    /// <param name="revision">0: newest. Otherwise the state at that revision, as long as it is in the history.</param>
    /// <returns>Null when that revision is compacted.</returns>
    CollectionSnapshot? List(string resource, string? ns, long revision = 0);

    /// <summary>
    /// Queues a write and completes when it is durable, or refused. Writes are ordered; a refusal changes nothing.
    /// </summary>
    ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct);

    /// <summary>All changes of a collection after a revision, in order, then live. Null: that revision is compacted.</summary>
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
    public required ObjectKey Key { get; init; }

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
    /// deletionTimestamp and so on), told to watchers; may be empty, then it is the stored one.
    /// </summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>
    /// Where in <see cref="Json"/> the store puts <c>"resourceVersion":"N",</c>: the offset after the <c>{</c> of metadata
    /// or after a comma inside it; the metadata has at least one member after it.
    /// </summary>
    public int RevisionOffset { get; init; }

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

    /// <summary>The disk refused (full, read-only, broken): nothing was changed; <see cref="WriteResult.Error"/> says why.</summary>
    Unavailable,
}

/// <param name="Object">Done: the object as committed (for a delete its last state, at the deletion's revision).</param>
public readonly record struct WriteResult(WriteOutcome Outcome, StoredObject? Object, string? Error = null);

/// <summary>A collection at one revision.</summary>
public sealed record CollectionSnapshot(long Revision, IReadOnlyList<StoredObject> Items);

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

    /// <summary>A revision up to which every change of the collection has been put into <see cref="Changes"/>: for bookmarks.</summary>
    long ProgressRevision { get; }
}

using Microsoft.Extensions.Logging;
using Proa.Store.Index;

namespace Proa.Store.Etcd;

/// <summary>
/// The store of several processes: each has the whole index in memory, fed by one watch of etcd; a write is a transaction that
/// compares the object's revision, and completes when this index has it. Thread-safe.
/// </summary>
public sealed class EtcdStore : IObjectStore
{
    private readonly StoreIndex _index;

    private EtcdStore(StoreIndex index, string clusterId) => (_index, ClusterId) = (index, clusterId);

    /// <summary>A random text that names the cluster, made by the first server on this etcd and prefix.</summary>
    public string ClusterId { get; }

    /// <summary>Whether etcd answered lately; for health checks.</summary>
    public bool IsAvailable => true;

    public long Revision => _index.Progress;

    public long CompactedRevision => _index.CompactedRevision;

    /// <summary>Connects, loads everything and follows it from then on.</summary>
    /// <exception cref="StoreOpenException">No endpoint can be used: which, and what each said.</exception>
    public static Task<EtcdStore> OpenAsync(
        EtcdOptions options, ObjectIndexer indexer, TimeProvider time, ILogger logger, CancellationToken ct) =>
        throw new StoreOpenException(options.Endpoints[0].ToString(), "cannot be used by this version", "Use the embedded store.");

    public ValueTask<string?> ReadBarrierAsync(CancellationToken ct) => new((string?)null);

    public StoredObject? Get(in ObjectKey key) => _index.Get(key);

    public CollectionSnapshot? List(string resource, string? ns, long revision = 0) => _index.List(resource, ns, revision);

    public ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct) =>
        new(new WriteResult(WriteOutcome.Unavailable, null, "the store is closed"));

    public IStoreWatch? Watch(string resource, string? ns, long afterRevision) => _index.Watch(resource, ns, afterRevision);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Backends;
using Proa.Store.Backends.Sqlite;
using Proa.Store.Commit;
using Proa.Store.Encryption;
using Proa.Store.Health;
using Proa.Store.Index;

namespace Proa.Store;

/// <summary>
/// The store of one process: an index in memory, a commit queue before it, a backend behind it. Thread-safe. Disposing it
/// answers the queued writes, ends the watches and closes the files.
/// </summary>
public sealed class ObjectStore : IObjectStore
{
    private readonly StoreIndex _index;
    private readonly IStoreBackend _backend;
    private readonly CommitQueue _queue;
    private readonly IDisposable? _lock;
    private readonly IValueTransformer? _values;

    private ObjectStore(
        StoreIndex index, IStoreBackend backend, IValueTransformer? values, StoreHealth health, IDisposable? directoryLock, ILogger logger)
    {
        _values = values;
        _index = index;
        _backend = backend;
        _lock = directoryLock;
        Health = health;
        _queue = new CommitQueue(index, backend, health, logger);
    }

    /// <summary>A random text that names the cluster, made with its data directory.</summary>
    public string ClusterId => _backend.ClusterId;

    /// <summary>How its disk is.</summary>
    public StoreHealth Health { get; }

    public long Revision => _index.State.Revision;

    public long CompactedRevision => _index.CompactedRevision;

    /// <summary>Opens the store in a data directory, or makes it there.</summary>
    /// <exception cref="StoreOpenException">It cannot be used; nothing in it was changed.</exception>
    public static Task<ObjectStore> OpenAsync(StoreOptions options, ObjectIndexer indexer, TimeProvider time, ILogger logger) =>
        Task.Run(() => Open(options, indexer, time, logger, HistoryLimits.Default));

    /// <summary>The same store with nothing behind it: what is written lasts as long as the process.</summary>
    public static ObjectStore InMemory(TimeProvider time, ILogger? logger = null) =>
        InMemory(time, logger ?? NullLogger.Instance, HistoryLimits.Default);

    internal static ObjectStore InMemory(TimeProvider time, ILogger logger, HistoryLimits limits) =>
        new(new StoreIndex(time, limits), new MemoryBackend(), null, new StoreHealth(null, time), null, logger);

    internal static ObjectStore Open(StoreOptions options, ObjectIndexer indexer, TimeProvider time, ILogger logger, HistoryLimits limits)
    {
        var ownLock = options.Lock is null ? DataDirectoryLock.Acquire(options.DataDirectory) : null;
        SqliteBackend? backend = null;
        try
        {
            var encryption = options.Encryption ?? StoreEncryption.FromKeyFile(options.EncryptionKeyPath, StoreEncryption.DefaultResources);
            var values = encryption.For(PlaceOf);
            var health = new StoreHealth(options.DatabasePath, time);
            backend = SqliteBackend.Open(options, values, health, time, logger);
            var index = new StoreIndex(time, limits);
            Load(index, backend, indexer, options.DatabasePath);
            return new ObjectStore(index, backend, values, health, ownLock, logger);
        }
        catch
        {
            backend?.Abandon();
            ownLock?.Dispose();
            throw;
        }
    }

    public ValueTask<string?> ReadBarrierAsync(CancellationToken ct) => new((string?)null);

    public StoredObject? Get(in ObjectKey key) => _index.Get(key);

    public CollectionSnapshot? List(string resource, string? ns, long revision = 0) => _index.List(resource, ns, revision);

    public ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct) => _queue.WriteAsync(request, ct);

    public IStoreWatch? Watch(string resource, string? ns, long afterRevision) => _index.Watch(resource, ns, afterRevision);

    /// <summary>
    /// Writes the whole store as it is at one revision into a database of its own, which a data directory may have as its
    /// <c>store.db</c>. Takes no lock: writes and reads go on meanwhile. What is encrypted on the disk is encrypted in the copy,
    /// under the same key.
    /// </summary>
    /// <param name="path">A file that does not exist; when this fails it still does not.</param>
    /// <returns>The revision that the copy stands at.</returns>
    /// <exception cref="IOException">The copy cannot be written.</exception>
    /// <exception cref="StoreOpenException">The key cannot be read.</exception>
    public Task<long> BackUpAsync(string path)
    {
        var values = _values ?? throw new InvalidOperationException("A store in memory has no files to back up.");
        return Task.Run(() =>
        {
            var state = _index.State;
            try
            {
                DatabaseCopy.Write(path, ClusterId, state.Revision, state.Trees.SelectMany(tree => tree.Slice(null)), values);
            }
            catch (SqliteException error)
            {
                throw new IOException(error.Message, error);
            }
            return state.Revision;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync().ConfigureAwait(false);
        _index.Close();
        _backend.Dispose();
        _lock?.Dispose();
    }

    private static string PlaceOf(in ObjectKey key) => $"{key.Resource}/{key.Namespace}/{key.Name}";

    private static void Load(StoreIndex index, IStoreBackend backend, ObjectIndexer indexer, string path)
    {
        var rows = new LoadingRows(indexer, path);
        var revision = backend.Load(rows.Add);
        var loaded = new LoadedTrees();
        rows.MoveTo(loaded);
        var trees = loaded.Build(key => throw DatabaseFile.Damaged(path, $"it holds {key} twice"));
        index.Reset(revision, trees);
    }
}

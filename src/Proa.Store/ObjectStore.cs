using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Backends;
using Proa.Store.Backends.Sqlite;
using Proa.Store.Commit;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;
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

    private ObjectStore(
        StoreIndex index, IStoreBackend backend, StoreEncryption? encryption, StoreHealth health, IDisposable? directoryLock, ILogger logger)
    {
        Encryption = encryption;
        _index = index;
        _backend = backend;
        _lock = directoryLock;
        Health = health;
        _queue = new CommitQueue(index, backend, health, logger);
    }

    /// <summary>A random text that names the cluster, made with its data directory.</summary>
    public string ClusterId => _backend.ClusterId;

    /// <summary>What is encrypted on the disk, and by what; null: it is in memory.</summary>
    public StoreEncryption? Encryption { get; }

    /// <summary>How its disk is.</summary>
    public StoreHealth Health { get; }

    public long Revision => _index.State.Revision;

    internal StoreState State => _index.State;

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
            return new ObjectStore(index, backend, encryption, health, ownLock, logger);
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
        var values = OnDisk().SelfContained().For(PlaceOf);
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

    /// <summary>
    /// Makes the store hold exactly these objects, in one commit, while clients read and write: as one who deleted, made and
    /// changed what differs would, but all at once. Revisions go on rising, each object that differs has one of its own, watches
    /// see each change in order, and a process killed meanwhile finds all of it or nothing at its next start.
    /// </summary>
    /// <param name="wanted">Of another store; their revisions give the order only.</param>
    /// <param name="seen">The other store's revision: those to come lie above it, too.</param>
    /// <param name="before">
    /// Called when no write comes in between any more, to keep what is replaced; when it fails nothing is changed. It must not
    /// write to this store.
    /// </param>
    /// <returns>How many objects differed, those that went included.</returns>
    /// <exception cref="IOException">The disk refused: nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public async Task<int> ReplaceAsync(IReadOnlyList<StoredObject> wanted, long seen, Func<Task> before, CancellationToken ct)
    {
        var changes = 0;
        await RunAsync(
            () =>
            {
                // On the commit thread, which is nobody's: writes wait in the queue until it is done.
                before().GetAwaiter().GetResult();
                var batch = Replacement.Of(_index, wanted, seen);
                changes = batch.Changes.Count;
                if (changes == 0)
                {
                    return;
                }
                if (_backend.Commit(batch.Changes, batch.Revision) is { } refusal)
                {
                    throw new IOException(refusal);
                }
                _index.Publish(batch.Next, batch.Changes);
            },
            ct).ConfigureAwait(false);
        return changes;
    }

    /// <summary>
    /// Encrypts everything anew while clients read and write: with a new key when the cluster's own is in use, which is then the
    /// only one; otherwise with the first provider of each resource. Revisions stay as they are, and watches see nothing. Broken
    /// off at any point, all can be read, and the next call or start goes on.
    /// </summary>
    /// <returns>How many values were written anew.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="StoreOpenException">A key cannot be read or written.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public async Task<int> RotateAsync(CancellationToken ct)
    {
        var encryption = OnDisk();
        if (encryption.UsesOwnKey && !encryption.IsRotating)
        {
            encryption.BeginRotation();
        }
        return await FinishRotationAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Goes on with a rotation that was broken off; does nothing when there was none.</summary>
    public async Task ResumeRotationAsync(CancellationToken ct)
    {
        if (Encryption is { IsRotating: true })
        {
            await FinishRotationAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>Reads and writes by another configuration from now on, if it reads everything that is there.</summary>
    /// <exception cref="StoreOpenException">It does not: nothing was changed.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public Task ReconfigureAsync(EncryptionConfiguration configuration, CancellationToken ct)
    {
        var encryption = OnDisk();
        return RunAsync(
            () =>
            {
                _backend.TryRead(encryption.With(configuration).For(PlaceOf));
                encryption.Use(configuration);
            },
            ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync().ConfigureAwait(false);
        _index.Close();
        _backend.Dispose();
        _lock?.Dispose();
    }

    private async Task<int> FinishRotationAsync(CancellationToken ct)
    {
        var (at, all) = (0L, 0);
        do
        {
            await RunAsync(
                () =>
                {
                    at = _backend.Rewrite(at, out var rewritten);
                    all += rewritten;
                },
                ct).ConfigureAwait(false);
        }
        while (at != 0);
        if (Encryption!.UsesOwnKey)
        {
            await Encryption.EndRotationAsync(ct).ConfigureAwait(false);
        }
        return all;
    }

    private async Task RunAsync(Action job, CancellationToken ct) =>
        ObjectDisposedException.ThrowIf(!await _queue.RunAsync(job, ct).ConfigureAwait(false), this);

    private StoreEncryption OnDisk() => Encryption ?? throw new InvalidOperationException("A store in memory has no files.");

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

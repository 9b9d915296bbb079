using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Proa.Store.Encryption;
using Proa.Store.Etcd.Rpc;
using Proa.Store.Index;

namespace Proa.Store.Etcd;

/// <summary>
/// The store of several processes: each has the whole index in memory, fed by one watch of etcd; a write is a transaction that
/// compares the object's revision, and completes when this index has it. Thread-safe. Disposing it answers the writes under
/// way and ends the watches.
/// </summary>
public sealed class EtcdStore : IObjectStore
{
    private readonly StoreIndex _index;
    private readonly EtcdMembers _members;
    private readonly EtcdFeed _feed;
    private readonly EtcdBarrier _barrier;
    private readonly EtcdWriter _writer;
    private readonly ObjectLeases _leases;
    private readonly EtcdRewriter _rewriter;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _loops;
    private int _disposed;

    private EtcdStore(Parts parts, string clusterId)
    {
        (_index, _members, _feed, _barrier, _writer, _leases) = (parts.Index, parts.Members, parts.Feed, parts.Barrier, parts.Writer, parts.Leases);
        _rewriter = parts.Rewriter;
        Compactor = parts.Compactor;
        ClusterId = clusterId;
        _loops = Task.WhenAll(_feed.RunAsync(_closing.Token), Compactor.RunAsync(_closing.Token));
    }

    /// <summary>A random text that names the cluster, made by the first server on this etcd and prefix.</summary>
    public string ClusterId { get; }

    /// <summary>Whether this server follows etcd: the members answer and have a leader. For health checks.</summary>
    public bool IsAvailable => _feed.IsFollowing;

    public long Revision => _index.State.Revision;

    internal StoreState State => _index.State;

    public long CompactedRevision => _index.CompactedRevision;

    internal EtcdCompactor Compactor { get; }

    /// <summary>Connects, loads everything and follows it from then on.</summary>
    /// <exception cref="StoreOpenException">No endpoint can be used: which, and what each said; or what is there cannot be read.</exception>
    public static Task<EtcdStore> OpenAsync(EtcdOptions options, ObjectIndexer indexer, TimeProvider time, ILogger logger, CancellationToken ct) =>
        OpenAsync(options, indexer, time, logger, HistoryLimits.Default, ct);

    internal static async Task<EtcdStore> OpenAsync(
        EtcdOptions options, ObjectIndexer indexer, TimeProvider time, ILogger logger, HistoryLimits limits, CancellationToken ct)
    {
        var parts = new Parts(options, indexer, time, logger, limits);
        try
        {
            await parts.Members.ConnectAsync(ct);
            var clusterId = await ClusterIdAsync(parts.Members, parts.Keys, ct);
            await parts.Feed.LoadAsync(ct);
            parts.Members.Started();
            return new EtcdStore(parts, clusterId);
        }
        catch
        {
            parts.Members.Dispose();
            throw;
        }
    }

    public ValueTask<string?> ReadBarrierAsync(CancellationToken ct)
    {
        var fresh = _barrier.WaitAsync();
        return new(ct.CanBeCanceled ? fresh.WaitAsync(ct) : fresh);
    }

    public StoredObject? Get(in ObjectKey key) => _index.Get(key);

    public CollectionSnapshot? List(string resource, string? ns, long revision = 0) => _index.List(resource, ns, revision);

    public ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct) => _writer.WriteAsync(request, ct);

    public IStoreWatch? Watch(string resource, string? ns, long afterRevision) => _index.Watch(resource, ns, afterRevision);

    /// <summary>
    /// Encrypts anew, while clients read and write, every value that is not as it would be written now. Each is a write: it has a new
    /// revision, and watches are told. All servers on this etcd must be able to read what this one writes.
    /// </summary>
    /// <returns>How many values were written anew.</returns>
    /// <exception cref="IOException">etcd refused: those that were written stay so, and the next call goes on.</exception>
    /// <exception cref="StoreOpenException">One cannot be read or written: a key is not there.</exception>
    public Task<int> RewriteAsync(CancellationToken ct) => _rewriter.RunAsync(ct);

    /// <summary>Completes when no write is under way any more that was encrypted before the call.</summary>
    public Task SettledAsync() => _writer.SettledAsync();

    /// <summary>Loads everything anew, soon: what could not be read before may be readable now. Running watches end.</summary>
    public void Reload() => _feed.Reload();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        await _writer.CloseAsync();
        await _closing.CancelAsync();
        await _loops;
        _index.Close();
        _members.Dispose();
        _leases.Dispose();
        _closing.Dispose();
    }

    /// <summary>The name that is there, or a new one.</summary>
    private static async Task<string> ClusterIdAsync(EtcdMembers members, EtcdKeys keys, CancellationToken ct)
    {
        var key = keys.Own("cluster-id");
        var made = Guid.NewGuid().ToString();
        var answer = await members.CallAsync(EtcdCalls.Txn, new TxnRequest
        {
            Compare = { new Compare { Key = key, Target = Compare.Types.CompareTarget.Version, Version = 0 } },
            Success =
            {
                new RequestOp { RequestPut = new PutRequest { Key = key, Value = ByteString.CopyFromUtf8(made) } },
                new RequestOp { RequestRange = new RangeRequest { Key = key } },
            },
            Failure =
            {
                new RequestOp { RequestRange = new RangeRequest { Key = key } },
            },
        }, ct);
        return answer.Ok
            ? answer.Value.Responses[^1].ResponseRange.Kvs[0].Value.ToStringUtf8()
            : throw new StoreOpenException("etcd", $"cannot be written: {answer.Status.Message}", "Check the members, their space and the client's rights.");
    }

    /// <summary>What the store is made of, put together.</summary>
    private sealed class Parts
    {
        public Parts(EtcdOptions options, ObjectIndexer indexer, TimeProvider time, ILogger logger, HistoryLimits limits)
        {
            Index = new StoreIndex(time, limits);
            Members = new EtcdMembers(options, time, logger);
            Keys = new EtcdKeys(options.Prefix);
            var keys = Keys;
            var encryption = options.Encryption ?? StoreEncryption.FromKeyFile("", []);
            var transformer = encryption.For((in ObjectKey key) => keys.Text(key));
            var values = new EtcdValues(transformer);
            var objects = new EtcdObjects(values, indexer);
            var underWay = new WritesUnderWay();
            var loader = new EtcdLoader(Members, Keys, objects, logger);
            var fold = new EventFold(Index, Keys, objects, underWay, logger);
            Feed = new EtcdFeed(Members, Keys, loader, fold, Index, options, time, logger);
            Barrier = new EtcdBarrier(Members, Keys, Feed, options, time);
            Leases = new ObjectLeases(Members, options, time);
            Writer = new EtcdWriter(Members, Keys, values, Leases, Feed, Barrier, Index, underWay, options);
            Rewriter = new EtcdRewriter(Members, Keys, transformer, Feed);
            Compactor = new EtcdCompactor(Members, Keys, options, time, logger);
        }

        public StoreIndex Index { get; }

        public EtcdMembers Members { get; }

        public EtcdKeys Keys { get; }

        public EtcdFeed Feed { get; }

        public EtcdBarrier Barrier { get; }

        public ObjectLeases Leases { get; }

        public EtcdWriter Writer { get; }

        public EtcdRewriter Rewriter { get; }

        public EtcdCompactor Compactor { get; }
    }
}

using System.Threading.Channels;

namespace Proa.Store.Index;

/// <summary>A watch: fed by the index under its gate.</summary>
internal sealed class StoreWatch : IStoreWatch
{
    private readonly StoreIndex _index;
    private readonly Collection _collection;
    private readonly Channel<StoreChange> _channel;
    private readonly string? _namespace;
    private readonly long _after;
    private long _endedAt = -1;
    private volatile bool _overrun;

    public StoreWatch(StoreIndex index, Collection collection, string? ns, long after, StoreChange[] past, int backlog)
    {
        _index = index;
        _collection = collection;
        _namespace = ns;
        _after = after;
        _channel = Channel.CreateBounded<StoreChange>(new BoundedChannelOptions(past.Length + backlog)
        {
            // Who must be up to date at once takes what is there before the one who waits for it does.
            SingleReader = false,
            SingleWriter = true,
        });
        foreach (ref readonly var change in past.AsSpan())
        {
            Offer(change);
        }
    }

    public ChannelReader<StoreChange> Changes => _channel.Reader;

    public bool Overrun => _overrun;

    public long ProgressRevision
    {
        get
        {
            // In this order: had the watch ended before the progress was made, that shows now.
            var progress = _index.Progress;
            var endedAt = Volatile.Read(ref _endedAt);
            return endedAt >= 0 ? endedAt : progress;
        }
    }

    /// <returns>False when the watch has ended.</returns>
    public bool Offer(in StoreChange change)
    {
        if (change.Object.Revision <= _after || (_namespace is not null && change.Object.Key.Namespace != _namespace))
        {
            return true;
        }
        if (_channel.Writer.TryWrite(change))
        {
            return true;
        }
        Overtake();
        return false;
    }

    /// <summary>Ends it: it cannot be told all changes any more.</summary>
    public void Overtake()
    {
        _overrun = true;
        End();
    }

    public void End()
    {
        Interlocked.CompareExchange(ref _endedAt, _index.Progress, -1);
        _channel.Writer.TryComplete();
    }

    public void Dispose() => _index.EndWatch(_collection, this);
}

using System.Threading.Channels;

namespace Proa.Backup;

/// <summary>
/// Where a request hands a restore to the composition root, which alone can stop and start what works on the objects. One at a time.
/// Thread-safe.
/// </summary>
internal sealed class RestoreDesk
{
    private readonly Channel<RestoreOrder> _orders = Channel.CreateUnbounded<RestoreOrder>();
    private int _busy;

    /// <summary>Takes the desk until what is answered is disposed; null: another restore has it.</summary>
    public IDisposable? TryTake() => Interlocked.CompareExchange(ref _busy, 1, 0) == 0 ? new Taken(this) : null;

    /// <summary>Completes when the order was carried out, or failed.</summary>
    public Task HandInAsync(RestoreOrder order)
    {
        _orders.Writer.TryWrite(order);
        return order.Over;
    }

    /// <summary>The next order.</summary>
    public ValueTask<RestoreOrder> NextAsync(CancellationToken ct) => _orders.Reader.ReadAsync(ct);

    private sealed class Taken(RestoreDesk desk) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref desk._busy, 0);
    }
}

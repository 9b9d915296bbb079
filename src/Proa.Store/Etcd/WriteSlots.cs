using System.Globalization;
using Google.Protobuf;

namespace Proa.Store.Etcd;

/// <summary>
/// Keys of Proa's own that tell whether a transaction was carried out when its answer got lost: each transaction writes a number
/// of its own into the slot that it holds, in the same revision as the object, and compares the number before it, so that an
/// attempt which a network delivers late is not carried out beside the one that took its place. Also what bounds the
/// transactions under way. Thread-safe.
/// </summary>
internal sealed class WriteSlots(EtcdKeys keys, int count)
{
    public const string Folder = "writes/";

    private readonly SemaphoreSlim _free = new(count);
    private readonly Stack<WriteSlot> _slots = [];
    private readonly string _instance = Guid.NewGuid().ToString("N")[..12];
    private int _made;
    private long _number;

    /// <summary>A number that no other transaction of this process has.</summary>
    public ByteString NextNumber() => ByteString.CopyFromUtf8(Interlocked.Increment(ref _number).ToString(CultureInfo.InvariantCulture));

    public async ValueTask<WriteSlot> TakeAsync(CancellationToken ct)
    {
        await _free.WaitAsync(ct);
        lock (_slots)
        {
            return _slots.TryPop(out var slot) ? slot : new WriteSlot(keys.Own($"{Folder}{_instance}-{_made++}"));
        }
    }

    /// <param name="reusable">False: a transaction may still write to it.</param>
    public void Return(WriteSlot slot, bool reusable)
    {
        if (reusable)
        {
            lock (_slots)
            {
                _slots.Push(slot);
            }
        }
        _free.Release();
    }

    /// <summary>Completes when no transaction is under way; none can begin after it.</summary>
    public async Task DrainAsync()
    {
        for (var i = 0; i < count; i++)
        {
            await _free.WaitAsync();
        }
    }
}

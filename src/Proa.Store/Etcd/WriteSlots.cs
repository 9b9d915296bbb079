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
    private readonly HashSet<WriteSlot> _taken = [];
    private readonly List<(HashSet<WriteSlot> Taken, TaskCompletionSource Returned)> _awaited = [];
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
            var slot = _slots.TryPop(out var free) ? free : new WriteSlot(keys.Own($"{Folder}{_instance}-{_made++}"));
            _taken.Add(slot);
            return slot;
        }
    }

    /// <param name="reusable">False: a transaction may still write to it.</param>
    public void Return(WriteSlot slot, bool reusable)
    {
        lock (_slots)
        {
            if (reusable)
            {
                _slots.Push(slot);
            }
            _taken.Remove(slot);
            for (var i = _awaited.Count - 1; i >= 0; i--)
            {
                if (_awaited[i].Taken.Remove(slot) && _awaited[i].Taken.Count == 0)
                {
                    _awaited[i].Returned.SetResult();
                    _awaited.RemoveAt(i);
                }
            }
        }
        _free.Release();
    }

    /// <summary>Completes when all that are taken now are returned.</summary>
    public Task ReturnedAsync()
    {
        lock (_slots)
        {
            if (_taken.Count == 0)
            {
                return Task.CompletedTask;
            }
            var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add(([.. _taken], returned));
            return returned.Task;
        }
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

using Google.Protobuf;
using Proa.Client.Grpc;
using Proa.Store.Commit;
using Proa.Store.Etcd.Rpc;
using Proa.Store.Index;

namespace Proa.Store.Etcd;

/// <summary>
/// Writes by transactions that compare the object's revision, and tells each caller what became of his once the index has it.
/// Many are under way at a time: etcd itself makes them durable in groups. Thread-safe.
/// </summary>
internal sealed class EtcdWriter(
    EtcdMembers members, EtcdKeys keys, EtcdValues values, ObjectLeases leases, EtcdFeed feed, EtcdBarrier barrier, StoreIndex index, WritesUnderWay underWay,
    EtcdOptions options)
{
    private const int UnderWay = 256;

    // What a request has besides its key, twice, and its value.
    private const int RequestOverhead = 300;

    private readonly WriteSlots _slots = new(keys, UnderWay);
    private volatile bool _closed;

    public async ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        RequestRules.Check(request);
        ct.ThrowIfCancellationRequested();
        if (_closed)
        {
            return Closed();
        }
        var slot = await _slots.TakeAsync(ct);
        var outcomeKnown = true;
        try
        {
            (var result, outcomeKnown) = _closed ? (Closed(), true) : await WriteAsync(request, slot);
            return result;
        }
        finally
        {
            _slots.Return(slot, outcomeKnown);
        }
    }

    /// <summary>Completes when the writes that are under way now are answered: what is begun later is encoded by the keys of then.</summary>
    public Task SettledAsync() => _slots.ReturnedAsync();

    /// <summary>Takes no more writes; completes when those under way are answered.</summary>
    public Task CloseAsync()
    {
        _closed = true;
        return _slots.DrainAsync();
    }

    private static WriteResult Closed() => new(WriteOutcome.Unavailable, null, "the store is closed");

    private async Task<(WriteResult Result, bool OutcomeKnown)> WriteAsync(WriteRequest request, WriteSlot slot)
    {
        ReadOnlyMemory<byte> value;
        try
        {
            value = request.Kind == WriteKind.Delete ? default : values.ToEtcd(request.Key, request.Json);
        }
        catch (StoreOpenException error)
        {
            return (new WriteResult(WriteOutcome.Unavailable, null, error.Message), true);
        }
        var key = ByteString.CopyFromUtf8(keys.Text(request.Key));
        if (value.Length + (2 * key.Length) + RequestOverhead > options.MaxRequestBytes)
        {
            return (TooLarge(), true);
        }
        var write = new EtcdWrite(request, key, UnsafeByteOperations.UnsafeWrap(value));
        underWay.Add(write);
        try
        {
            while (true)
            {
                var (refused, expected) = await ExpectedAsync(request);
                if (refused is { } refusal)
                {
                    return (refusal, true);
                }
                var (result, known) = await SendAsync(write, expected, slot);
                if (result is { } told)
                {
                    return (told, known);
                }
            }
        }
        finally
        {
            underWay.Remove(write);
        }
    }

    /// <summary>
    /// What the index knows already: a refusal that etcd would give too, or the revision to compare. A transaction that cannot
    /// succeed would cost a commit on every member.
    /// </summary>
    private async ValueTask<(WriteResult? Refused, long Expected)> ExpectedAsync(WriteRequest request)
    {
        var current = index.Get(request.Key);
        var wanted = request.ExpectedRevision;
        if (request.Kind == WriteKind.Create)
        {
            if (current is null)
            {
                return (null, 0);
            }
        }
        else if (current is not null && (wanted == 0 || wanted == current.Revision))
        {
            return (null, current.Revision);
        }
        // The index may be behind: even a newer revision than the wanted one may have been deleted since.
        if (await barrier.WaitAsync() is { } why)
        {
            return (new WriteResult(WriteOutcome.Unavailable, null, why), 0);
        }
        current = index.Get(request.Key);
        if (request.Kind == WriteKind.Create)
        {
            return current is null ? (null, 0) : (new WriteResult(WriteOutcome.Exists, current), 0);
        }
        if (current is null)
        {
            return (new WriteResult(WriteOutcome.NotFound, null), 0);
        }
        return wanted == 0 || wanted == current.Revision
            ? (null, current.Revision)
            : (new WriteResult(WriteOutcome.Conflict, current), 0);
    }

    /// <returns>Null: another server's write came first, the index has it now, and the write may be tried again.</returns>
    private async Task<(WriteResult? Result, bool OutcomeKnown)> SendAsync(EtcdWrite write, long expected, WriteSlot slot)
    {
        var lease = 0L;
        if (leases.Concern(write.Request))
        {
            var granted = await leases.GetAsync(write.Request);
            if (!granted.Ok)
            {
                return (Unavailable(granted.Status), true);
            }
            lease = granted.Id;
        }
        var number = _slots.NextNumber();
        // Whether an attempt may have been carried out although its answer is missing.
        var open = false;
        var answer = await members.CallAsync(
            EtcdCalls.Txn, Transaction(write, expected, slot, number, lease), CancellationToken.None, status => open |= !status.NotSent);
        if (!answer.Ok)
        {
            if (lease != 0 && answer.Status.Message.Contains("lease not found", StringComparison.Ordinal))
            {
                leases.Forget(lease);
                return (null, true);
            }
            return await RefusedAsync(write, answer.Status, open, slot, number);
        }
        var response = answer.Value;
        if (response.Succeeded)
        {
            slot.Last = number;
            return (await DoneAsync(write, response.Header.Revision), true);
        }
        var mark = response.Responses[1].ResponseRange.Kvs;
        // Null: it was forgotten, with other old marks.
        slot.Last = mark.Count > 0 ? mark[0].Value : null;
        if (number.Equals(slot.Last))
        {
            // An earlier attempt was carried out: this is its revision.
            return (await DoneAsync(write, mark[0].ModRevision), true);
        }
        var there = response.Responses[0].ResponseRange.Kvs;
        var told = there.Count > 0 ? await feed.ReachAsync(there[0].ModRevision) ? null : "the watch of etcd is behind" : await barrier.WaitAsync();
        return told is null ? (null, true) : (new WriteResult(WriteOutcome.Unavailable, null, told), true);
    }

    private static TxnRequest Transaction(EtcdWrite write, long expected, WriteSlot slot, ByteString number, long lease)
    {
        var change = write.Request.Kind == WriteKind.Delete
            ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = write.Key } }
            : new RequestOp { RequestPut = new PutRequest { Key = write.Key, Value = write.Value, Lease = lease } };
        return new TxnRequest
        {
            Compare = { new Compare { Key = write.Key, Target = Compare.Types.CompareTarget.Mod, ModRevision = expected }, Unused(slot) },
            Success = { change, new RequestOp { RequestPut = new PutRequest { Key = slot.Key, Value = number } } },
            Failure = { Get(write.Key), Get(slot.Key) },
        };

        // No attempt was carried out: the object's revision alone does not tell so of a creation, once the object is deleted again.
        static Compare Unused(WriteSlot slot) => slot.Last is { } last
            ? new Compare { Key = slot.Key, Target = Compare.Types.CompareTarget.Value, Value = last }
            : new Compare { Key = slot.Key, Target = Compare.Types.CompareTarget.Version, Version = 0 };

        static RequestOp Get(ByteString key) => new() { RequestRange = new RangeRequest { Key = key } };
    }

    /// <summary>etcd has carried it out: it is told when this index has it, so that the next read here sees it.</summary>
    private async Task<WriteResult> DoneAsync(EtcdWrite write, long revision)
    {
        // Done all the same where the watch does not come in time: reads wait for it themselves.
        await feed.ReachAsync(revision);
        var request = write.Request;
        var seen = write.At(revision);
        if (request.Kind != WriteKind.Delete)
        {
            return new WriteResult(WriteOutcome.Done, seen ?? Made(request, revision, index.Get(request.Key)?.CreateRevision ?? revision));
        }
        if (seen is not null && request.Json.IsEmpty)
        {
            return new WriteResult(WriteOutcome.Done, seen);
        }
        var known = seen ?? index.Get(request.Key);
        var json = request.Json.IsEmpty ? known?.Json ?? "{}"u8.ToArray() : request.Json;
        return new WriteResult(WriteOutcome.Done, new StoredObject
        {
            Key = request.Key,
            Revision = revision,
            CreateRevision = known?.CreateRevision ?? revision,
            Json = request.RevisionOffset > 0
                ? RevisionText.Insert(json.Span, request.RevisionOffset, revision)
                : RevisionText.Replace(json.Span, revision),
            Index = ReferenceEquals(request.Index, ObjectIndex.Empty) && known is not null ? known.Index : request.Index,
        });
    }

    private static StoredObject Made(WriteRequest request, long revision, long created) => new()
    {
        Key = request.Key,
        Revision = revision,
        CreateRevision = created,
        Json = RevisionText.Insert(request.Json.Span, request.RevisionOffset, revision),
        Index = request.Index,
    };

    private async Task<(WriteResult? Result, bool OutcomeKnown)> RefusedAsync(
        EtcdWrite write, GrpcStatus status, bool open, WriteSlot slot, ByteString number)
    {
        // A refusal is that of the last attempt only. And etcd may say that its space is used up of a write that it has carried out: it
        // looks once more when it applies it.
        if (!open && !IsFull(status))
        {
            return (IsTooLarge(status) ? TooLarge() : Unavailable(status), true);
        }
        var mark = await members.CallAsync(EtcdCalls.Range, new RangeRequest { Key = slot.Key }, CancellationToken.None);
        if (mark.Ok && mark.Value.Kvs.Count > 0 && mark.Value.Kvs[0].Value.Equals(number))
        {
            slot.Last = number;
            return (await DoneAsync(write, mark.Value.Kvs[0].ModRevision), true);
        }
        if (!open && mark.Ok)
        {
            return (Unavailable(status), true);
        }
        return (new WriteResult(
            WriteOutcome.Unavailable, null, $"etcd did not answer ({status.Message}): whether the write was carried out is not known"), false);
    }

    private static bool IsTooLarge(in GrpcStatus status) =>
        status.Message.Contains("request is too large", StringComparison.Ordinal) || status.Message.Contains("larger than max", StringComparison.Ordinal);

    private static bool IsFull(in GrpcStatus status) => status.Message.Contains("database space exceeded", StringComparison.Ordinal);

    private WriteResult TooLarge() => new(WriteOutcome.TooLarge, null, $"etcd takes no more than {options.MaxRequestBytes} bytes at once: the object is too large");

    private static WriteResult Unavailable(in GrpcStatus status) => new(
        WriteOutcome.Unavailable, null,
        IsFull(status)
            ? "etcd refuses writes: its database has reached its quota (database space exceeded); compact and defragment it, then disarm its alarm"
            : $"etcd refused the write: {status.Message}");
}

using System.Globalization;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// Removes old revisions from etcd, by the protocol of the original's API servers, so that any number of servers of either kind
/// agree: the version of the key <c>compact_rev_key</c> is a clock; whoever moves it on compacts to the revision that etcd had
/// when he saw it last. So at least one interval of history is always there.
/// </summary>
internal sealed partial class EtcdCompactor(EtcdMembers members, EtcdKeys keys, EtcdOptions options, TimeProvider time, ILogger logger)
{
    private const int SlotsAtOnce = 100;
    private static readonly ByteString s_key = ByteString.CopyFromUtf8("compact_rev_key");

    private long _clock;
    private long _revision;

    public async Task RunAsync(CancellationToken ct)
    {
        if (options.CompactionInterval <= TimeSpan.Zero)
        {
            return;
        }
        using var timer = new PeriodicTimer(options.CompactionInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                if (await CompactAsync(ct) is { } why)
                {
                    LogFailed(why);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    /// <returns>Null: done, or another server's turn.</returns>
    public async Task<string?> CompactAsync(CancellationToken ct)
    {
        var target = _revision;
        var turn = await members.CallAsync(EtcdCalls.Txn, new TxnRequest
        {
            Compare = { new Compare { Key = s_key, Target = Compare.Types.CompareTarget.Version, Version = _clock } },
            Success =
            {
                Put(s_key, target),
                // In the same revision, so that the watch of the prefix tells it.
                Put(keys.Own("compacted"), target),
            },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = s_key } } },
        }, ct);
        if (!turn.Ok)
        {
            return turn.Status.Message;
        }
        _revision = turn.Value.Header.Revision;
        if (!turn.Value.Succeeded)
        {
            var there = turn.Value.Responses[0].ResponseRange.Kvs;
            _clock = there.Count > 0 ? there[0].Version : 0;
            return null;
        }
        _clock++;
        if (target == 0)
        {
            return null;
        }
        var done = await members.CallAsync(EtcdCalls.Compact, new CompactionRequest { Revision = target }, ct);
        if (!done.Ok && !done.Status.Message.Contains("has been compacted", StringComparison.Ordinal))
        {
            return done.Status.Message;
        }
        LogCompacted(target);
        return await ForgetSlotsAsync(target, ct);
    }

    /// <summary>Marks of transactions that old have long been read: those of servers that are gone would stay for good.</summary>
    private async Task<string?> ForgetSlotsAsync(long before, CancellationToken ct)
    {
        var folder = keys.Own(WriteSlots.Folder);
        var old = await members.CallAsync(
            EtcdCalls.Range, new RangeRequest { Key = folder, RangeEnd = EtcdKeys.EndOf(folder), KeysOnly = true, MaxModRevision = before }, ct);
        if (!old.Ok)
        {
            return old.Status.Message;
        }
        foreach (var some in old.Value.Kvs.Chunk(SlotsAtOnce))
        {
            var removal = new TxnRequest
            {
                Success = { some.Select(slot => new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = slot.Key } }) },
                Compare =
                {
                    some.Select(slot => new Compare { Key = slot.Key, Target = Compare.Types.CompareTarget.Mod, ModRevision = slot.ModRevision }),
                },
            };
            if (await members.CallAsync(EtcdCalls.Txn, removal, ct) is { Ok: false } failed)
            {
                return failed.Status.Message;
            }
        }
        return null;
    }

    private static RequestOp Put(ByteString key, long revision) => new()
    {
        RequestPut = new PutRequest { Key = key, Value = ByteString.CopyFromUtf8(revision.ToString(CultureInfo.InvariantCulture)) },
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "etcd is compacted to revision {Revision}")]
    private partial void LogCompacted(long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "etcd was not compacted: {Reason}")]
    private partial void LogFailed(string reason);
}

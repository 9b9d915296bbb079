using Google.Protobuf;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// Waits until the index has what etcd had at the time of the call: a linearizable read of etcd's revision, one at a time, which
/// those who come while it is under way do not share (it may be older than they) but those who wait for the next one do.
/// <para>
/// That revision may belong to a change that the watch does not tell: one outside the prefix. Then a key of Proa's own is
/// written, whose revision the watch does tell. (etcd's progress requests are of no use: before 3.4.25 and 3.5.8 they overtake
/// events.) Thread-safe.
/// </para>
/// </summary>
internal sealed class EtcdBarrier(EtcdMembers members, EtcdKeys keys, EtcdFeed feed, EtcdOptions options, TimeProvider time)
{
    /// <summary>How long an event may take that is on its way, before a key is written to make one: no more than a saving.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private Round? _running;
    private Round? _next;
    private Task? _fence;

    /// <returns>Null: the index is that fresh; otherwise why that cannot be said.</returns>
    public Task<string?> WaitAsync()
    {
        Round round;
        lock (_gate)
        {
            if (_running is not null)
            {
                round = _next ??= new Round();
                return round.Task;
            }
            round = _running = new Round();
        }
        _ = RunAsync(round);
        return round.Task;
    }

    private async Task RunAsync(Round? round)
    {
        while (round is not null)
        {
            var answer = await members.CallAsync(EtcdCalls.Range, EtcdFeed.RevisionRead(keys), CancellationToken.None);
            var read = round;
            if (!answer.Ok)
            {
                read.SetResult($"etcd does not answer: {answer.Status.Message}");
            }
            else if (feed.Progress >= answer.Value.Header.Revision)
            {
                read.SetResult(null);
            }
            else
            {
                _ = CatchUpAsync(read, answer.Value.Header.Revision);
            }
            lock (_gate)
            {
                (round, _running, _next) = (_next, _next, null);
            }
        }
    }

    private async Task CatchUpAsync(Round round, long revision)
    {
        var start = time.GetTimestamp();
        var reached = feed.ReachedAsync(revision);
        while (!await IsOverAsync(reached, s_patience))
        {
            if (time.GetElapsedTime(start) >= options.GiveUpAfter)
            {
                round.SetResult($"etcd's watch is behind: it has not told revision {revision}");
                return;
            }
            if (feed.IsFollowing)
            {
                await FenceAsync();
            }
        }
        round.SetResult(null);
    }

    private async Task<bool> IsOverAsync(Task reached, TimeSpan patience)
    {
        try
        {
            await reached.WaitAsync(patience, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>One at a time: one that began before the revision was read says nothing of it, the next one does.</summary>
    private Task FenceAsync()
    {
        lock (_gate)
        {
            return _fence is { IsCompleted: false } ? _fence : _fence = WriteFenceAsync();
        }
    }

    private async Task WriteFenceAsync()
    {
        var answer = await members.CallAsync(EtcdCalls.Put, new PutRequest { Key = keys.Own("fence"), Value = ByteString.Empty }, CancellationToken.None);
        if (answer.Ok)
        {
            // A watch that does not tell this is cut off, and begins again.
            await feed.ReachAsync(answer.Value.Header.Revision);
        }
    }

    private sealed class Round : TaskCompletionSource<string?>
    {
        public Round()
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
        }
    }
}

using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Proa.Client.Grpc;
using Proa.Store.Etcd.Rpc;
using Proa.Store.Index;

namespace Proa.Store.Etcd;

/// <summary>
/// Keeps the index what etcd is: loads it, then follows one watch of everything, on whichever member answers, from the last
/// revision that was published. When that is compacted everything is loaded anew and running watches of the index end.
/// </summary>
internal sealed partial class EtcdFeed(
    EtcdMembers members, EtcdKeys keys, EtcdLoader loader, EventFold fold, StoreIndex index, EtcdOptions options, TimeProvider time, ILogger logger)
{
    private readonly RevisionWaiters _waiters = new();
    private readonly Lock _gate = new();
    private CancellationTokenSource? _following;
    private volatile bool _isFollowing;
    private volatile bool _reload;

    /// <summary>A watch stands.</summary>
    public bool IsFollowing => _isFollowing;

    public long Progress => index.Progress;

    /// <exception cref="StoreOpenException">Not everything can be read.</exception>
    public async Task LoadAsync(CancellationToken ct)
    {
        var (revision, trees, status) = await loader.LoadAsync(strict: true, ct);
        if (status.Code != GrpcCode.Ok)
        {
            throw new StoreOpenException("etcd", $"cannot be read: {status.Message}", "Check the members and the client's rights.");
        }
        index.Reset(revision, trees);
        _waiters.Reach(revision);
    }

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var before = index.Progress;
                await FollowAsync(ct);
                failures = index.Progress > before ? 1 : failures + 1;
                await Task.Delay(EtcdMembers.Backoff(failures), time, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
            }
            catch (Exception error)
            {
                // A bug must not leave the index behind for good.
                LogBroken(error);
                await Task.Delay(EtcdMembers.Backoff(++failures), time, CancellationToken.None);
            }
        }
        _isFollowing = false;
    }

    /// <summary>Completes when the index has reached the revision, which is one that changed something under the prefix.</summary>
    /// <returns>False: not in time.</returns>
    public async ValueTask<bool> ReachAsync(long revision)
    {
        var reached = _waiters.ReachedAsync(revision);
        if (reached.IsCompletedSuccessfully)
        {
            return true;
        }
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await reached.WaitAsync(options.RequestTimeout, time);
                return true;
            }
            catch (TimeoutException)
            {
                // The watch is silent about something that has happened: its member is cut off.
                Restart("it is silent about changes");
            }
            if (time.GetElapsedTime(start) >= options.GiveUpAfter)
            {
                return false;
            }
        }
    }

    public Task ReachedAsync(long revision) => _waiters.ReachedAsync(revision);

    /// <summary>Loads everything anew, soon: between two watches, so that nothing older comes after it.</summary>
    public void Reload()
    {
        _reload = true;
        Restart("everything is to be loaded anew");
    }

    private void Restart(string why)
    {
        if (_isFollowing)
        {
            LogSilent(why);
            lock (_gate)
            {
                _following?.Cancel();
            }
        }
    }

    /// <summary>One watch, from its start to its end.</summary>
    private async Task FollowAsync(CancellationToken ct)
    {
        if (await members.FollowableAsync(ct) is not { } member || !await IsAheadAsync(ct))
        {
            return;
        }
        if (_reload)
        {
            _reload = false;
            await ReloadAsync(ct);
        }
        using var following = CancellationTokenSource.CreateLinkedTokenSource(ct);
        lock (_gate)
        {
            _following = following;
        }
        var request = new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = keys.All,
                RangeEnd = keys.AllEnd,
                StartRevision = index.Progress + 1,
                ProgressNotify = true,
                Fragment = true,
            },
        };
        var compacted = false;
        string reason;
        using (var stream = member.Client.HeldStream(EtcdCalls.Watch, request, WatchResponse.Parser, following.Token))
        {
            try
            {
                (compacted, reason) = await FollowAsync(stream, following.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                reason = _reload ? "everything is loaded anew" : "it was silent";
            }
        }
        lock (_gate)
        {
            _following = null;
        }
        _isFollowing = false;
        if (compacted)
        {
            LogCompacted(index.Progress);
            await ReloadAsync(ct);
            return;
        }
        if (_reload)
        {
            return;
        }
        LogLost(member.Address, reason);
        members.Fail(member, reason);
    }

    private async Task<(bool Compacted, string Reason)> FollowAsync(GrpcStream<WatchResponse> stream, CancellationToken ct)
    {
        var events = new List<Event>();
        while (await stream.NextAsync(ct) is { } response)
        {
            if (response.Canceled)
            {
                return (response.CompactRevision > 0, response.CancelReason);
            }
            if (response.Created)
            {
                _isFollowing = true;
                continue;
            }
            if (response.Events.Count == 0 && !response.Fragment && events.Count == 0)
            {
                // A progress notification: all up to its revision has been told.
                index.Advance(response.Header.Revision);
                _waiters.Reach(index.Progress);
                continue;
            }
            events.AddRange(response.Events);
            if (!response.Fragment)
            {
                fold.Publish(events);
                events.Clear();
                _waiters.Reach(index.Progress);
            }
        }
        return (false, stream.Status.Message);
    }

    /// <summary>Whether etcd is where this index is, or further: it is not after it was restored from an older backup.</summary>
    private async Task<bool> IsAheadAsync(CancellationToken ct)
    {
        var answer = await members.CallAsync(EtcdCalls.Range, RevisionRead(keys), ct);
        if (!answer.Ok)
        {
            return false;
        }
        if (answer.Value.Header.Revision >= index.Progress)
        {
            return true;
        }
        LogWentBack(answer.Value.Header.Revision, index.Progress);
        await ReloadAsync(ct);
        return false;
    }

    /// <summary>The cheapest linearizable read: what counts is the revision in its header.</summary>
    public static RangeRequest RevisionRead(EtcdKeys keys) => new() { Key = keys.Own("cluster-id"), CountOnly = true };

    private async Task ReloadAsync(CancellationToken ct)
    {
        var (revision, trees, status) = await loader.LoadAsync(strict: false, ct);
        if (status.Code == GrpcCode.Ok)
        {
            index.Reload(revision, trees);
            _waiters.Reach(revision);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watch of etcd at {Address} ended: {Reason}")]
    private partial void LogLost(Uri address, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The watch of etcd is begun again: {Reason}")]
    private partial void LogSilent(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What happened in etcd after revision {Revision} is compacted; everything is loaded anew")]
    private partial void LogCompacted(long revision);

    [LoggerMessage(Level = LogLevel.Critical, Message = "etcd stands at revision {Revision}, before {Known}: it was restored; everything is loaded anew")]
    private partial void LogWentBack(long revision, long known);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The watch of etcd broke")]
    private partial void LogBroken(Exception error);
}

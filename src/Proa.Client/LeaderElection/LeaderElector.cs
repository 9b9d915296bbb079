using Microsoft.Extensions.Logging;
using Proa.Api.Models.Coordination;
using Proa.Client.Events;

namespace Proa.Client.LeaderElection;

/// <summary>
/// Runs something on at most one of several candidates at a time: whoever holds the lease. It runs while the lease is renewed,
/// is stopped before another may take it, and is begun anew when the lease comes back.
/// </summary>
public sealed partial class LeaderElector(
    LeaderElectionOptions options, IClusterClient client, IEventRecorder events, TimeProvider time, Random random, ILogger logger)
{
    // Replaced as a whole: an attempt that was given up on may still end.
    private volatile Candidacy _candidacy = new(options);
    private volatile bool _leads;

    public bool Leads => _leads;

    /// <summary>
    /// Stands for the lease until cancelled, and gives it up at the end. An error of what runs ends it too.
    /// </summary>
    /// <param name="lead">What to run as the leader, until its token is cancelled; called once a term.</param>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await AcquireAsync(ct);
                await ServeAsync(lead, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task AcquireAsync(CancellationToken ct)
    {
        while (!await TryAsync(options.RenewDeadline, ct))
        {
            // Jitter, so that candidates which wait for the same end do not all try at once.
            await Task.Delay(options.RetryPeriod * (1 + (0.2 * random.NextDouble())), time, ct);
        }
    }

    /// <summary>One term: completes when the lease is lost.</summary>
    private async Task ServeAsync(Func<CancellationToken, Task> lead, CancellationToken ct)
    {
        _leads = true;
        Tell("became leader");
        // Not linked to the caller's: what ends then would look as if it had ended by itself.
        using var term = new CancellationTokenSource();
        var running = Task.Run(() => lead(term.Token), CancellationToken.None);
        try
        {
            await RenewAsync(running, ct);
        }
        finally
        {
            await term.CancelAsync();
            try
            {
                await running;
            }
            catch (OperationCanceledException) when (term.IsCancellationRequested)
            {
                // As it was told.
            }
            finally
            {
                _leads = false;
                Tell("stopped leading");
                // Not before the work is over: another begins at once.
                await ReleaseAsync();
            }
        }
    }

    private async Task RenewAsync(Task running, CancellationToken ct)
    {
        while (true)
        {
            var pause = Task.Delay(options.RetryPeriod, time, ct);
            if (await Task.WhenAny(running, pause) == running)
            {
                await running;
                throw new InvalidOperationException($"what {options.Name} elects a leader for ended by itself");
            }
            await pause;
            while (!await TryAsync(_candidacy.Deadline - Now, ct))
            {
                if (Now >= _candidacy.Deadline || !_candidacy.IsHolder)
                {
                    LogLost(logger, options.Name, _candidacy.Holder);
                    return;
                }
                var left = _candidacy.Deadline - Now;
                await Task.Delay(left < options.RetryPeriod ? left : options.RetryPeriod, time, ct);
            }
        }
    }

    private TimeSpan Now => TimeSpan.FromTicks((long)(time.GetTimestamp() * ((double)TimeSpan.TicksPerSecond / time.TimestampFrequency)));

    /// <summary>Becomes the leader, or stays it.</summary>
    /// <param name="limit">An API that is silent for so long counts as one that refused.</param>
    private async Task<bool> TryAsync(TimeSpan limit, CancellationToken ct)
    {
        if (limit <= TimeSpan.Zero)
        {
            return false;
        }
        using var late = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            // A write that is under way may outlast its token: it is left alone then. If it succeeds nonetheless, the next look says so.
            return await AttemptAsync(both.Token).WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            LogFailed(logger, options.Name, "no answer in time");
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            LogFailed(logger, options.Name, e.Message);
            return false;
        }
    }

    private async Task<bool> AttemptAsync(CancellationToken ct)
    {
        // A holder knows what stands, unless the write says otherwise.
        if (_candidacy.IsHolder && _leads && await WriteAsync(ct))
        {
            return true;
        }
        var read = await client.GetAsync<Lease>(options.Namespace, options.Name, ct);
        if (!read.Ok && !read.IsNotFound)
        {
            LogFailed(logger, options.Name, read.Error.Message);
            return false;
        }
        _candidacy = _candidacy.See(read.Ok ? read.Value : null, Now);
        return await WriteAsync(ct);
    }

    private async Task<bool> WriteAsync(CancellationToken ct)
    {
        var begun = Now;
        if (_candidacy.Attempt(begun, time.GetUtcNow()) is not { } lease)
        {
            return false;
        }
        var written = string.IsNullOrEmpty(lease.Metadata.ResourceVersion) ? await client.CreateAsync(lease, ct) : await client.UpdateAsync(lease, ct);
        if (written.Ok)
        {
            _candidacy = _candidacy.Won(written.Value, begun);
        }
        else if (!written.IsConflict)
        {
            LogFailed(logger, options.Name, written.Error.Message);
        }
        return written.Ok;
    }

    private async Task ReleaseAsync()
    {
        if (!_candidacy.IsHolder)
        {
            return;
        }
        // Not the caller's token: it is cancelled by now.
        using var late = new CancellationTokenSource(options.RetryPeriod, time);
        try
        {
            var released = await client.UpdateAsync(_candidacy.Release(time.GetUtcNow()), late.Token).WaitAsync(late.Token);
            _candidacy = _candidacy.See(released.Ok ? released.Value : null, Now);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // Others wait for its end then.
            LogFailed(logger, options.Name, e.Message);
        }
    }

    private void Tell(string what)
    {
        LogTerm(logger, options.Identity, what, options.Name);
        if (_candidacy.Seen is { } lease)
        {
            events.Normal(lease, "LeaderElection", $"{options.Identity} {what}");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Identity} {What} ({Lease})")]
    private static partial void LogTerm(ILogger logger, string identity, string what, string lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease {Lease} is lost; its holder is now \"{Holder}\"")]
    private static partial void LogLost(ILogger logger, string lease, string holder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease {Lease} was neither taken nor renewed: {Why}")]
    private static partial void LogFailed(ILogger logger, string lease, string? why);
}

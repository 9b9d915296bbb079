using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Proa.Client.Queues;

/// <summary>
/// Takes keys from a queue and reconciles them, several at once but never one key twice at a time. This is the one place
/// that logs how a reconciliation ended.
/// </summary>
public sealed partial class ReconcileLoop<TKey>(
    string name, WorkQueue<TKey> queue, Func<TKey, CancellationToken, Task<ReconcileResult>> reconcile, int workers, ILogger logger)
    where TKey : notnull
{
    /// <summary>A conflict or a race with a cache is over after a retry or two; what lasts longer is worth a warning.</summary>
    private const int QuietRetries = 4;

    /// <summary>Runs until the token is cancelled and the work in hand is over.</summary>
    public Task RunAsync(CancellationToken ct)
    {
        queue.Tell(name);
        var running = new Task[workers];
        for (var i = 0; i < workers; i++)
        {
            running[i] = Task.Run(() => WorkAsync(ct), CancellationToken.None);
        }
        return Task.WhenAll(running);
    }

    private readonly KeyValuePair<string, object?> _tag = new("name", name);

    private async Task WorkAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            TKey key;
            try
            {
                key = await queue.TakeAsync(ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            var started = Stopwatch.GetTimestamp();
            QueueMeter.BeginCount.Add(1, _tag);
            var result = await ReconcileAsync(key, ct);
            QueueMeter.WorkTimes.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, _tag);
            if (ct.IsCancellationRequested)
            {
                return;
            }
            Settle(key, result);
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(TKey key, CancellationToken ct)
    {
        try
        {
            return await reconcile(key, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return ReconcileResult.Done;
        }
        catch (Exception e) when (e is HttpRequestException or ApiException or IOException or OperationCanceledException)
        {
            return ReconcileResult.Retry(e.Message);
        }
        catch (Exception e)
        {
            // A bug in one reconciler for one object: say so with its stack and let the others go on.
            LogThrew(logger, e, name, key);
            return ReconcileResult.Retry(e.Message);
        }
    }

    private void Settle(TKey key, ReconcileResult result)
    {
        switch (result.Outcome)
        {
            case ReconcileOutcome.Done:
                queue.Forget(key);
                break;
            case ReconcileOutcome.After:
                queue.Forget(key);
                queue.AddAfter(key, result.Delay);
                break;
            case ReconcileOutcome.Retry:
                var level = queue.Failures(key) < QuietRetries ? LogLevel.Debug : LogLevel.Warning;
                LogRetry(logger, level, name, key, result.Reason);
                queue.AddWithBackoff(key);
                break;
            default:
                LogTerminal(logger, name, key, result.Reason);
                queue.Forget(key);
                break;
        }
        queue.Complete(key);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Controller} threw for {Key}")]
    private static partial void LogThrew(ILogger logger, Exception exception, string controller, TKey key);

    [LoggerMessage(Message = "{Controller} tries {Key} again: {Reason}")]
    private static partial void LogRetry(ILogger logger, LogLevel level, string controller, TKey key, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Controller} leaves {Key} as it is: {Reason}")]
    private static partial void LogTerminal(ILogger logger, string controller, TKey key, string? reason);
}

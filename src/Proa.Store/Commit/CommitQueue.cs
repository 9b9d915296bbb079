using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Store.Backends;
using Proa.Store.Health;
using Proa.Store.Index;

namespace Proa.Store.Commit;

/// <summary>
/// The one writer: takes what is queued as a batch, decides it, makes it durable with one sync, publishes it and answers the
/// callers. While one batch is on its way to the disk the next one gathers, so that a slow disk makes batches larger.
/// </summary>
internal sealed partial class CommitQueue : IAsyncDisposable
{
    private const int Capacity = 4096;
    private const int MaxBatchWrites = 512;
    private const int MaxBatchBytes = 8 << 20;

    private readonly StoreIndex _index;
    private readonly IStoreBackend _backend;
    private readonly StoreHealth _health;
    private readonly ILogger _logger;
    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _lastRefusal;

    public CommitQueue(StoreIndex index, IStoreBackend backend, StoreHealth health, ILogger logger)
    {
        _health = health;
        _index = index;
        _backend = backend;
        _logger = logger;
        // A thread of its own: it spends its life in fsync, which must not starve the pool.
        new Thread(Run) { Name = "proa-commit", IsBackground = true }.Start();
    }

    public async ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        RequestRules.Check(request);
        if (_health.Stall() is { } stall)
        {
            return new WriteResult(WriteOutcome.Unavailable, null, stall);
        }
        var pending = new PendingWrite(request);
        try
        {
            await _queue.Writer.WriteAsync(pending, ct).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return new WriteResult(WriteOutcome.Unavailable, null, "the store is closed");
        }
        return await pending.Task.ConfigureAwait(false);
    }

    /// <summary>Runs a piece of work on the one thread that uses the backend, between two batches.</summary>
    /// <returns>False: the store is closed.</returns>
    public async ValueTask<bool> RunAsync(Action job, CancellationToken ct)
    {
        var pending = new PendingWrite(job);
        try
        {
            await _queue.Writer.WriteAsync(pending, ct).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return false;
        }
        await pending.Task.ConfigureAwait(false);
        return true;
    }

    /// <summary>Takes no more writes; completes when those queued are answered.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        var writes = new List<PendingWrite>(MaxBatchWrites);
        try
        {
            while (WaitForWrites())
            {
                var job = Take(writes);
                if (writes.Count > 0)
                {
                    Process(writes);
                    writes.Clear();
                }
                if (job is not null)
                {
                    Do(job);
                }
                _backend.Maintain();
            }
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private bool WaitForWrites()
    {
        var more = _queue.Reader.WaitToReadAsync(CancellationToken.None);
        return more.IsCompletedSuccessfully ? more.Result : more.AsTask().GetAwaiter().GetResult();
    }

    /// <returns>The work that came after the writes and ends the batch; null: none.</returns>
    private PendingWrite? Take(List<PendingWrite> writes)
    {
        var bytes = 0;
        while (writes.Count < MaxBatchWrites && bytes < MaxBatchBytes && _queue.Reader.TryRead(out var write))
        {
            if (write.Job is not null)
            {
                return write;
            }
            writes.Add(write);
            bytes += write.Request.Json.Length;
        }
        return null;
    }

    private static void Do(PendingWrite work)
    {
        try
        {
            work.Job!();
            work.Complete();
        }
        catch (Exception error)
        {
            work.Fail(error);
        }
    }

    private void Process(List<PendingWrite> writes)
    {
        string? refusal = null;
        try
        {
            var batch = new Batch(_index);
            foreach (var write in writes)
            {
                write.Result = batch.Apply(write.Request);
            }
            if (batch.Changes.Count > 0)
            {
                _health.Begin();
                refusal = _backend.Commit(batch.Changes, batch.Revision);
                _health.End(refusal);
                if (refusal is null)
                {
                    _index.Publish(batch.Next, batch.Changes);
                }
            }
        }
        catch (Exception error)
        {
            // A bug: the batch is not published, its callers are told, and the store goes on.
            LogBroken(error, writes.Count);
            writes.ForEach(write => write.Fail(error));
            return;
        }
        LogRefusal(refusal);
        foreach (var write in writes)
        {
            // What was refused without touching the disk was still decided against writes that did not happen.
            if (refusal is null)
            {
                write.Complete();
            }
            else
            {
                write.Refuse(refusal);
            }
        }
    }

    private void LogRefusal(string? refusal)
    {
        // Once a change: a full disk refuses thousands of writes.
        if (refusal == _lastRefusal)
        {
            return;
        }
        if (refusal is null)
        {
            LogRecovered();
        }
        else
        {
            LogRefused(refusal);
        }
        _lastRefusal = refusal;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Writes are refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Writes are accepted again")]
    private partial void LogRecovered();

    [LoggerMessage(Level = LogLevel.Critical, Message = "A batch of {Count} writes broke the store's own rules")]
    private partial void LogBroken(Exception error, int count);
}

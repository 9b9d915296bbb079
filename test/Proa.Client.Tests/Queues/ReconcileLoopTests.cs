using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Client.Queues;
using Proa.Testing;

namespace Proa.Client.Tests.Queues;

public sealed class ReconcileLoopTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_RetryThenException_ComesAgainWithBackoff()
    {
        var outcomes = new Queue<Func<ReconcileResult>>([
            () => ReconcileResult.Retry("not yet"),
            () => throw new InvalidOperationException("a bug"),
            () => throw new HttpRequestException("no answer"),
            () => ReconcileResult.Done]);
        using var queue = new WorkQueue<string>(_time);
        var calls = Channel.CreateUnbounded<int>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var loop = new ReconcileLoop<string>("test", queue, (_, _) =>
        {
            calls.Writer.TryWrite(outcomes.Count);
            return Task.FromResult(outcomes.Dequeue()());
        }, 1, NullLogger.Instance).RunAsync(stop.Token);

        queue.Add("a");
        for (var left = 4; left > 0; left--)
        {
            var call = calls.Reader.ReadAsync(Ct).AsTask();
            while (!call.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(1));
                await Task.Yield();
            }
            Assert.Equal(left, await call);
        }
        await stop.CancelAsync();
        await loop;
    }

    [Fact]
    public async Task Run_ManyWorkers_NeverHoldOneKeyTwice()
    {
        using var queue = new WorkQueue<int>(TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var held = new int[4];
        var done = 0;
        var overlapped = false;
        var enough = new TaskCompletionSource();
        var loop = new ReconcileLoop<int>("test", queue, async (key, _) =>
        {
            overlapped |= Interlocked.Increment(ref held[key]) > 1;
            await Task.Yield();
            Interlocked.Decrement(ref held[key]);
            if (Interlocked.Increment(ref done) == 2000)
            {
                enough.SetResult();
            }
            queue.Add(key);
            return ReconcileResult.Done;
        }, 8, NullLogger.Instance).RunAsync(stop.Token);
        for (var key = 0; key < held.Length; key++)
        {
            queue.Add(key);
        }
        await enough.Task.WaitAsync(Ct);
        await stop.CancelAsync();
        await loop;
        Assert.False(overlapped);
    }
}

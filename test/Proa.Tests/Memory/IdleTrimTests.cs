using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Proa.Memory;

namespace Proa.Tests.Memory;

public sealed class IdleTrimTests
{
    [Fact(Timeout = 60_000)]
    public async Task RunAsync_QuietAfterWork_CollectsAll()
    {
        var ct = TestContext.Current.CancellationToken;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var time = new Waits();
        var running = new IdleTrim(time).RunAsync(stop.Token);

        for (var i = 0; i < 5; i++)
        {
            GC.Collect(0);
        }
        var old = Leave();
        // Other tests' collections are work too: it may wait more than once.
        while (old.IsAlive)
        {
            var wait = await time.Asked.Reader.ReadAsync(ct);
            wait();
        }

        await stop.CancelAsync();
        await running;
    }

    /// <summary>Garbage that only a whole collection takes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Leave()
    {
        var garbage = new byte[100_000];
        return new WeakReference(garbage);
    }

    /// <summary>A clock whose waits end when the test says so.</summary>
    private sealed class Waits : TimeProvider
    {
        public Channel<Action> Asked { get; } = Channel.CreateUnbounded<Action>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
            {
                Asked.Writer.TryWrite(() => callback(state));
            }
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}

using System.Threading.Channels;

namespace Proa.ApiServer.Aggregation;

/// <summary>Does a step again when its time has come, or at once when it is told to. <see cref="Trigger"/> is thread-safe.</summary>
internal sealed class PacedLoop(TimeProvider clock)
{
    private readonly Channel<bool> _triggers = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>A step that runs is run again after it.</summary>
    public void Trigger() => _triggers.Writer.TryWrite(true);

    /// <param name="step">Returns how long to wait for the next.</param>
    public async Task RunAsync(Func<CancellationToken, Task<TimeSpan>> step, CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested)
            {
                await WaitAsync(await step(ct), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task WaitAsync(TimeSpan delay, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(delay, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await _triggers.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time has come.
        }
    }
}

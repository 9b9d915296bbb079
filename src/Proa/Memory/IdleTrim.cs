using System.Runtime.InteropServices;

namespace Proa.Memory;

/// <summary>
/// Gives back what a burst of work left: a collector that nobody makes work keeps what it has for good. Waits for collections, not
/// on a clock: some seconds after the last of a burst it compacts once. That is one pause, while nothing else goes on: about 0.1 s for 100,000
/// objects of 1 KB.
/// </summary>
internal sealed partial class IdleTrim(TimeProvider time)
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(5);

    // So few collections are no work.
    private const int FewCollections = 2;
    private int _trimmedAt;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var collected = new SemaphoreSlim(1, 1);
        CollectionWatch.Start(collected, ct);
        try
        {
            while (true)
            {
                await collected.WaitAsync(ct);
                int before;
                do
                {
                    before = GC.CollectionCount(0);
                    await Task.Delay(s_quiet, time, ct);
                }
                while (GC.CollectionCount(0) - before > FewCollections);
                if (before - _trimmedAt > FewCollections)
                {
                    Trim();
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private void Trim()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = TrimNative(0);
        _trimmedAt = GC.CollectionCount(0);
    }

    // What TLS and SQLite freed.
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimNative(nuint keep);

    /// <summary>Is finalized by each collection of the youngest generation, and makes the next of its kind.</summary>
    private sealed class CollectionWatch
    {
        private readonly SemaphoreSlim _collected;
        private readonly CancellationToken _stopped;

        private CollectionWatch(SemaphoreSlim collected, CancellationToken stopped) => (_collected, _stopped) = (collected, stopped);

        ~CollectionWatch()
        {
            if (_stopped.IsCancellationRequested)
            {
                return;
            }
            try
            {
                if (_collected.CurrentCount == 0)
                {
                    _collected.Release();
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            Start(_collected, _stopped);
        }

        public static void Start(SemaphoreSlim collected, CancellationToken stopped) => _ = new CollectionWatch(collected, stopped);
    }
}

namespace Proa.ApiServer.Metrics;

/// <summary>Durations, counted by bounds. Lock-free; a reader may see an observation in one of its numbers and not yet in another.</summary>
internal sealed class Histogram(double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private long _microseconds;

    public IReadOnlyList<double> Bounds => bounds;

    public double Sum => Interlocked.Read(ref _microseconds) / 1e6;

    public void Observe(TimeSpan time)
    {
        var seconds = time.TotalSeconds;
        var at = 0;
        while (at < bounds.Length && seconds > bounds[at])
        {
            at++;
        }
        Interlocked.Increment(ref _counts[at]);
        Interlocked.Add(ref _microseconds, (long)(seconds * 1e6));
    }

    /// <summary>How many were at most as long as each bound; the last: all.</summary>
    public long[] Cumulative()
    {
        var sums = new long[_counts.Length];
        long sum = 0;
        for (var i = 0; i < sums.Length; i++)
        {
            sum += Interlocked.Read(ref _counts[i]);
            sums[i] = sum;
        }
        return sums;
    }
}

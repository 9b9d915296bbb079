namespace Proa.ApiServer.Metrics;

/// <summary>Durations, or sizes, counted by bounds. Lock-free; a reader may see an observation in one of its numbers and not yet in another.</summary>
/// <param name="scale">Parts of a unit in which the sum is kept: millionths for seconds.</param>
internal sealed class Histogram(double[] bounds, double scale = 1e6)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private long _sum;

    public IReadOnlyList<double> Bounds => bounds;

    public double Sum => Interlocked.Read(ref _sum) / scale;

    /// <summary>How many were observed.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            for (var i = 0; i < _counts.Length; i++)
            {
                sum += Interlocked.Read(ref _counts[i]);
            }
            return sum;
        }
    }

    public void Observe(TimeSpan time) => Observe(time.TotalSeconds);

    public void Observe(double value)
    {
        var at = 0;
        while (at < bounds.Length && value > bounds[at])
        {
            at++;
        }
        Interlocked.Increment(ref _counts[at]);
        Interlocked.Add(ref _sum, (long)(value * scale));
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

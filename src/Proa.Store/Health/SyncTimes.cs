namespace Proa.Store.Health;

/// <summary>How long syncs took: all of them by bounds, the latest one by one. Guarded by its <see cref="StoreHealth"/>.</summary>
internal sealed class SyncTimes
{
    private const int Remembered = 256;

    private readonly (long At, TimeSpan Took)[] _recent = new (long, TimeSpan)[Remembered];
    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _next;
    private TimeSpan _sum;

    /// <summary>Seconds; those of etcd's histogram of the same name.</summary>
    public static double[] Bounds { get; } = [.. Enumerable.Range(0, 14).Select(power => 0.001 * (1 << power))];

    public void Add(long at, TimeSpan took)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && took.TotalSeconds > Bounds[bucket])
        {
            bucket++;
        }
        _counts[bucket]++;
        _sum += took;
        _recent[_next++ % Remembered] = (at, took);
    }

    /// <summary>How many syncs after a moment took longer than a limit.</summary>
    public int CountSlow(long after, TimeSpan limit)
    {
        var slow = 0;
        foreach (var (at, took) in _recent.AsSpan(0, (int)Math.Min(_next, Remembered)))
        {
            slow += at >= after && took > limit ? 1 : 0;
        }
        return slow;
    }

    public (TimeSpan P99, int Count) Recent()
    {
        var count = (int)Math.Min(_next, Remembered);
        if (count == 0)
        {
            return default;
        }
        TimeSpan[] sorted = [.. _recent.Take(count).Select(sync => sync.Took).Order()];
        return (sorted[(int)Math.Ceiling(count * 0.99) - 1], count);
    }

    public (long[] Counts, double Sum) Histogram() => ([.. _counts], _sum.TotalSeconds);
}

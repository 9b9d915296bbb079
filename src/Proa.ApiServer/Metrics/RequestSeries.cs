namespace Proa.ApiServer.Metrics;

/// <summary>The requests of one key: how long they took, and how many ended with which code.</summary>
internal sealed class RequestSeries
{
    private static readonly double[] s_bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private static readonly double[] s_ownBounds = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private static readonly double[] s_sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    // Few codes a series: a new one replaces the array.
    private volatile (int Code, Counter Count)[] _codes = [];
    private readonly Lock _adding = new();

    public Histogram Durations { get; } = new(s_bounds);

    /// <summary>The same without the time that requests waited for their seats; none of watches and streams.</summary>
    public Histogram OwnDurations { get; } = new(s_ownBounds);

    /// <summary>Bytes of answers to reading requests.</summary>
    public Histogram Sizes { get; } = new(s_sizes, 1);

    /// <summary>Ended in self-defence.</summary>
    public Counter Terminated { get; } = new();


    /// <summary>Watches and streams that are open now.</summary>
    public Counter Open { get; } = new();

    public IReadOnlyList<(int Code, Counter Count)> Codes => _codes;

    public void Count(int code)
    {
        foreach (var (known, count) in _codes)
        {
            if (known == code)
            {
                count.Add();
                return;
            }
        }
        lock (_adding)
        {
            if (!Array.Exists(_codes, entry => entry.Code == code))
            {
                _codes = [.. _codes, (code, new Counter())];
            }
        }
        Count(code);
    }
}

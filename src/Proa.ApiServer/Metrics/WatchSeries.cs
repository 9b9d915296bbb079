namespace Proa.ApiServer.Metrics;

/// <summary>The events that watches of one kind were sent. Lock-free.</summary>
internal sealed class WatchSeries
{
    private static readonly double[] s_sizes = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];

    public Counter Count { get; } = new();

    /// <summary>Bytes of the objects.</summary>
    public Histogram Sizes { get; } = new(s_sizes, 1);

    public void Sent(int size)
    {
        Count.Add();
        Sizes.Observe(size);
    }
}

namespace Proa.Bench.Api.Client;

/// <summary>What a load gave.</summary>
internal sealed class Rate
{
    private readonly List<double> _latencies;

    private readonly double _cpu;

    /// <param name="latencies">In milliseconds.</param>
    /// <param name="cpu">Seconds that the server's processes used meanwhile.</param>
    public Rate(List<double> latencies, TimeSpan duration, double cpu)
    {
        _cpu = cpu;
        latencies.Sort();
        _latencies = latencies;
        PerSecond = latencies.Count / duration.TotalSeconds;
    }

    public double PerSecond { get; }

    public int Count => _latencies.Count;

    public double P50 => _latencies[_latencies.Count / 2];

    public double P99 => _latencies[_latencies.Count * 99 / 100];

    public override string ToString() => $"p50 {P50:n2} ms, p99 {P99:n2} ms, {_cpu / _latencies.Count * 1e6:n0} µs of the server's CPU each";
}

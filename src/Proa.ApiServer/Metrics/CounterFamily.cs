namespace Proa.ApiServer.Metrics;

/// <summary>Counters, or gauges, by labels.</summary>
internal sealed class CounterFamily(string name, string type, string help, params string[] labels) : MetricFamily<Counter>(name, type, help, labels)
{
    protected override Counter Create() => new();

    protected override void Write(MetricsText text, string name, Counter series, ReadOnlySpan<(string, string)> labels) => text.Sample(name, series.Value, labels);
}

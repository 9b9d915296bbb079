namespace Proa.ApiServer.Metrics;

/// <summary>Histograms by labels, all with the same bounds.</summary>
internal sealed class HistogramFamily(string name, double[] bounds, string help, params string[] labels) : MetricFamily<Histogram>(name, "histogram", help, labels)
{
    protected override Histogram Create() => new(bounds);

    protected override void Write(MetricsText text, string name, Histogram series, ReadOnlySpan<(string, string)> labels) => text.Histogram(name, series, labels);
}

using System.Collections.Concurrent;

namespace Proa.ApiServer.Metrics;

/// <summary>
/// A metric with labels. Lock-free and without allocation once a series exists. The number of series is bounded: what comes
/// after is counted together, under the value <c>other</c>.
/// </summary>
internal abstract class MetricFamily<T>(string name, string type, string help, string[] labels) where T : class
{
    private const int MostSeries = 2000;
    private readonly ConcurrentDictionary<LabelValues, T> _series = new();
    private int _count;

    public T Of(in LabelValues values)
    {
        if (_series.TryGetValue(values, out var known))
        {
            return known;
        }
        var key = values;
        if (Interlocked.Increment(ref _count) > MostSeries)
        {
            const string Other = "other";
            key = new(Other, Other, Other, Other, Other, Other);
        }
        return _series.GetOrAdd(key, static (_, self) => self.Create(), this);
    }

    public void WriteTo(MetricsText text)
    {
        if (_series.IsEmpty)
        {
            return;
        }
        text.Head(name, type, help);
        var pairs = new (string, string)[labels.Length];
        foreach (var (values, series) in _series.OrderBy(static item => item.Key.ToString(), StringComparer.Ordinal))
        {
            for (var i = 0; i < pairs.Length; i++)
            {
                pairs[i] = (labels[i], values[i]);
            }
            Write(text, name, series, pairs);
        }
    }

    protected abstract T Create();

    protected abstract void Write(MetricsText text, string name, T series, ReadOnlySpan<(string, string)> labels);
}

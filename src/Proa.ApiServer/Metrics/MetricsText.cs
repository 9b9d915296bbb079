using System.Globalization;
using System.Text;

namespace Proa.ApiServer.Metrics;

/// <summary>Writes metrics in Prometheus' text form. For one use.</summary>
/// <remarks>Raw: <c>apiserver_request_total{code="200",verb="GET"} 3</c>.</remarks>
public sealed class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(64 * 1024);
    private readonly SortedDictionary<string, int> _registered = new(StringComparer.Ordinal);

    /// <param name="type"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
    public void Head(string name, string type, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        // [STABLE] What it is.
        if (help is ['[', ..] && help.IndexOf(']') is > 0 and var end)
        {
            var level = help[1..end];
            _registered[level] = _registered.GetValueOrDefault(level) + 1;
        }
    }

    /// <summary>How many metrics of each stability were written so far.</summary>
    public void WriteRegistered()
    {
        var counts = _registered.ToList();
        Single("disabled_metrics_total", "counter", "[BETA] The count of disabled metrics.", 0);
        Single("hidden_metrics_total", "counter", "[BETA] The count of hidden metrics.", 0);
        Head("registered_metrics_total", "counter", "[BETA] The count of registered metrics broken by stability level and deprecation version.");
        foreach (var (level, count) in counts)
        {
            Sample("registered_metrics_total", count, ("deprecated_version", ""), ("stability_level", level));
        }
    }

    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        Labels(labels, null);
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Name and value, without help or labels.</summary>
    public void Single(string name, string type, string help, double value)
    {
        Head(name, type, help);
        Sample(name, value);
    }

    internal void Histogram(string name, Histogram histogram, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var counts = histogram.Cumulative();
        for (var i = 0; i < counts.Length; i++)
        {
            _text.Append(name).Append("_bucket");
            Labels(labels, i < histogram.Bounds.Count ? Number(histogram.Bounds[i]) : "+Inf");
            _text.Append(' ').Append(counts[i]).Append('\n');
        }
        Sample(name + "_sum", histogram.Sum, labels);
        Sample(name + "_count", counts[^1], labels);
    }

    /// <param name="counts">How many fell between each bound and the one before; the last: above all.</param>
    internal void Histogram(string name, IReadOnlyList<double> bounds, IReadOnlyList<long> counts, double sum)
    {
        long cumulative = 0;
        for (var i = 0; i < counts.Count; i++)
        {
            cumulative += counts[i];
            Sample(name + "_bucket", cumulative, ("le", i < bounds.Count ? Number(bounds[i]) : "+Inf"));
        }
        Sample(name + "_sum", sum);
        Sample(name + "_count", cumulative);
    }

    public override string ToString() => _text.ToString();

    private void Labels(ReadOnlySpan<(string Name, string Value)> labels, string? bound)
    {
        if (labels.IsEmpty && bound is null)
        {
            return;
        }
        var first = true;
        _text.Append('{');
        foreach (var (name, value) in labels)
        {
            Label(name, value);
        }
        if (bound is not null)
        {
            Label("le", bound);
        }
        _text.Append('}');

        void Label(string name, string value)
        {
            _text.Append(first ? "" : ",").Append(name).Append("=\"");
            foreach (var c in value)
            {
                _text.Append(c switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => c.ToString() });
            }
            _text.Append('"');
            first = false;
        }
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace("E+", "e+", StringComparison.Ordinal);
}

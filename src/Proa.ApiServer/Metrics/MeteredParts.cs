using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Proa.Api.Schema.Expressions;
using Proa.Client.Queues;

namespace Proa.ApiServer.Metrics;

/// <summary>
/// What the runtime's meters tell of this process: the controllers' work queues and requests to other servers. It listens from
/// its start on. Thread-safe.
/// </summary>
public sealed class MeteredParts : IDisposable
{
    private static readonly double[] s_queueBounds = [.. Enumerable.Range(-8, 10).Select(static i => Math.Pow(10, i))];
    private static readonly double[] s_celBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] s_clientBounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

    private readonly CounterFamily _depth = new("workqueue_depth", "gauge", "[BETA] Current depth of workqueue", "name");
    private readonly CounterFamily _adds = new("workqueue_adds_total", "counter", "[BETA] Total number of adds handled by workqueue", "name");
    private readonly CounterFamily _retries = new("workqueue_retries_total", "counter", "[BETA] Total number of retries handled by workqueue", "name");

    private readonly HistogramFamily _waits = new("workqueue_queue_duration_seconds", s_queueBounds,
        "[BETA] How long in seconds an item stays in workqueue before being requested.", "name");

    private readonly HistogramFamily _works = new("workqueue_work_duration_seconds", s_queueBounds,
        "[BETA] How long in seconds processing an item from workqueue takes.", "name");

    private readonly CounterFamily _requests = new("rest_client_requests_total", "counter",
        "[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.", "code", "host", "method");

    private readonly HistogramFamily _requestTimes = new("rest_client_request_duration_seconds", s_clientBounds,
        "[ALPHA] Request latency in seconds. Broken down by verb, and host.", "host", "verb");

    private readonly Histogram _compilations = new(s_celBounds);
    private readonly Histogram _evaluations = new(s_celBounds);

    // When the works that go on now began, by queue.
    private readonly ConcurrentDictionary<string, List<long>> _working = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MeteredParts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name is QueueMeter.Name or RuleMeter.Name || instrument is { Meter.Name: "System.Net.Http", Name: "http.client.request.duration" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measure(instrument.Name, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    internal void WriteTo(MetricsText text)
    {
        _requestTimes.WriteTo(text);
        _requests.WriteTo(text);
        _adds.WriteTo(text);
        _depth.WriteTo(text);
        _waits.WriteTo(text);
        _retries.WriteTo(text);
        _works.WriteTo(text);
        Unfinished(text);
        text.Head("apiserver_cel_compilation_duration_seconds", "histogram", "[BETA] CEL compilation time in seconds.");
        text.Histogram("apiserver_cel_compilation_duration_seconds", _compilations);
        text.Head("apiserver_cel_evaluation_duration_seconds", "histogram", "[BETA] CEL evaluation time in seconds.");
        text.Histogram("apiserver_cel_evaluation_duration_seconds", _evaluations);
    }

    private void Unfinished(MetricsText text)
    {
        List<(string Queue, double Sum, double Longest)> queues = [];
        foreach (var (queue, begun) in _working.OrderBy(static item => item.Key, StringComparer.Ordinal))
        {
            lock (begun)
            {
                List<double> ages = begun.ConvertAll(static at => Stopwatch.GetElapsedTime(at).TotalSeconds);
                queues.Add((queue, ages.Sum(), ages.Count == 0 ? 0 : ages.Max()));
            }
        }
        const string Sum = "workqueue_unfinished_work_seconds";
        const string Longest = "workqueue_longest_running_processor_seconds";
        text.Head(Longest, "gauge", "[BETA] How many seconds has the longest running processor for workqueue been running.");
        foreach (var queue in queues)
        {
            text.Sample(Longest, queue.Longest, ("name", queue.Queue));
        }
        text.Head(Sum, "gauge", "[BETA] How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases.");
        foreach (var queue in queues)
        {
            text.Sample(Sum, queue.Sum, ("name", queue.Queue));
        }
    }

    private void Begun(string queue)
    {
        var begun = _working.GetOrAdd(queue, static _ => []);
        lock (begun)
        {
            begun.Add(Stopwatch.GetTimestamp());
        }
    }

    // Which one it was, its time tells: the one that began nearest to so long ago.
    private void Ended(string queue, double seconds)
    {
        if (!_working.TryGetValue(queue, out var begun))
        {
            return;
        }
        lock (begun)
        {
            if (begun.Count > 0)
            {
                begun.Remove(begun.MinBy(at => Math.Abs(Stopwatch.GetElapsedTime(at).TotalSeconds - seconds)));
            }
        }
    }

    private void Count(string instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (instrument == QueueMeter.Begins)
        {
            Begun(Tag(tags, "name"));
            return;
        }
        var family = instrument switch { QueueMeter.Adds => _adds, QueueMeter.Depth => _depth, _ => _retries };
        family.Of(new(Tag(tags, "name"))).Add(value);
    }

    private void Measure(string instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var time = TimeSpan.FromSeconds(seconds);
        switch (instrument)
        {
            case QueueMeter.Waits:
                _waits.Of(new(Tag(tags, "name"))).Observe(time);
                break;
            case QueueMeter.Works:
                _works.Of(new(Tag(tags, "name"))).Observe(time);
                Ended(Tag(tags, "name"), seconds);
                break;
            case RuleMeter.Compilation:
                _compilations.Observe(time);
                break;
            case RuleMeter.Evaluation:
                _evaluations.Observe(time);
                break;
            default:
                var (host, method) = ($"{Tag(tags, "server.address")}:{Tag(tags, "server.port")}", Tag(tags, "http.request.method"));
                _requestTimes.Of(new(host, method)).Observe(time);
                _requests.Of(new(Tag(tags, "http.response.status_code") is { Length: > 0 } code ? code : "<error>", host, method)).Add();
                break;
        }
    }

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var (key, value) in tags)
        {
            if (key == name)
            {
                return value as string ?? value?.ToString() ?? "";
            }
        }
        return "";
    }
}

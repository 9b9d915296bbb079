using System.Diagnostics.Metrics;
using Proa.Client.Queues;

namespace Proa.ApiServer.Metrics;

/// <summary>
/// What the runtime's meters tell of this process: the controllers' work queues and requests to other servers. It listens from
/// its start on. Thread-safe.
/// </summary>
public sealed class MeteredParts : IDisposable
{
    private static readonly double[] s_queueBounds = [.. Enumerable.Range(-8, 10).Select(static i => Math.Pow(10, i))];
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

    private readonly MeterListener _listener = new();

    public MeteredParts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == QueueMeter.Name || instrument is { Meter.Name: "System.Net.Http", Name: "http.client.request.duration" })
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
    }

    private void Count(string instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
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

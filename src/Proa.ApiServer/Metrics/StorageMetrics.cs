using Proa.Store;

namespace Proa.ApiServer.Metrics;

/// <summary>What the store is asked for, by the names that the original has for its etcd. Reads come from memory and are no requests. Lock-free.</summary>
internal sealed class StorageMetrics
{
    private static readonly double[] s_bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

    private readonly HistogramFamily _durations = new("etcd_request_duration_seconds", s_bounds,
        "[ALPHA] Etcd request latency in seconds for each operation and object type.", "group", "operation", "resource");

    private readonly CounterFamily _requests = new("etcd_requests_total", "counter",
        "[ALPHA] Etcd request counts for each operation and object type.", "group", "operation", "resource");

    private readonly CounterFamily _errors = new("etcd_request_errors_total", "counter",
        "[ALPHA] Etcd failed request counts for each operation and object type.", "group", "operation", "resource");

    private readonly CounterFamily _lists = new("apiserver_storage_list_total", "counter", "[ALPHA] Number of LIST requests served from storage", "group", "resource");

    private readonly CounterFamily _evaluated = new("apiserver_storage_list_evaluated_objects_total", "counter",
        "[ALPHA] Number of objects tested in the course of serving a LIST request from storage", "group", "resource");

    private readonly CounterFamily _fetched = new("apiserver_storage_list_fetched_objects_total", "counter",
        "[ALPHA] Number of objects read from storage in the course of serving a LIST request", "group", "resource");

    private readonly CounterFamily _returned = new("apiserver_storage_list_returned_objects_total", "counter",
        "[ALPHA] Number of objects returned for a LIST request from storage", "group", "resource");

    // Every list comes from memory, as those that the original serves from its cache.
    private readonly CounterFamily _cacheLists = new("apiserver_cache_list_total", "counter", "[ALPHA] Number of LIST requests served from watch cache", "group", "index", "resource");

    private readonly CounterFamily _cacheFetched = new("apiserver_cache_list_fetched_objects_total", "counter",
        "[ALPHA] Number of objects read from watch cache in the course of serving a LIST request", "group", "index", "resource");

    private readonly CounterFamily _cacheReturned = new("apiserver_cache_list_returned_objects_total", "counter",
        "[ALPHA] Number of objects returned for a LIST request from watch cache", "group", "resource");

    private readonly CounterFamily _events = new("apiserver_storage_events_received_total", "counter", "[BETA] Number of etcd events received split by kind.", "group", "resource");

    /// <param name="operation"><c>create</c>, <c>update</c> or <c>delete</c>.</param>
    /// <param name="outcome">Unavailable is an error; a conflict is an answer.</param>
    public void Written(string operation, string group, string resource, WriteOutcome outcome, TimeSpan time)
    {
        var labels = new LabelValues(group, operation, resource);
        _requests.Of(labels).Add();
        _durations.Of(labels).Observe(time);
        if (outcome == WriteOutcome.Done)
        {
            _events.Of(new(group, resource)).Add();
        }
        if (outcome == WriteOutcome.Unavailable)
        {
            _errors.Of(labels).Add();
        }
    }

    public void Listed(string group, string resource, int evaluated, int returned)
    {
        var labels = new LabelValues(group, resource);
        _lists.Of(labels).Add();
        _evaluated.Of(labels).Add(evaluated);
        _fetched.Of(labels).Add(evaluated);
        var cached = new LabelValues(group, "", resource);
        _cacheLists.Of(cached).Add();
        _cacheFetched.Of(cached).Add(evaluated);
        _cacheReturned.Of(labels).Add(returned);
        _returned.Of(labels).Add(returned);
    }

    public void WriteTo(MetricsText text)
    {
        _cacheFetched.WriteTo(text);
        _cacheReturned.WriteTo(text);
        _cacheLists.WriteTo(text);
        _events.WriteTo(text);
        _evaluated.WriteTo(text);
        _fetched.WriteTo(text);
        _returned.WriteTo(text);
        _lists.WriteTo(text);
        _durations.WriteTo(text);
        _errors.WriteTo(text);
        _requests.WriteTo(text);
    }
}

using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Discovery;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Types;
using Proa.Store;
using Proa.Store.Health;

namespace Proa.ApiServer.Metrics;

/// <summary><c>/metrics</c>, under the names that dashboards and alerts for the original know. All is gathered when it is asked for.</summary>
public sealed class MetricsEndpoint(
    RequestMetrics requests, FlowControl? flow, ITypeCatalog types, IObjectStore store, StoreHealth? disk, ApiAggregation? aggregation = null, AuditLog? audit = null) : IPathEndpoint
{
    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Path is not ("/metrics" or "/metrics/"))
        {
            return new((ApiResponse?)null);
        }
        var text = new MetricsText();
        text.Head("kubernetes_build_info", "gauge", "[BETA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.");
        text.Sample("kubernetes_build_info", 1, ("git_version", ServerVersion.Git), ("major", ServerVersion.Major), ("minor", ServerVersion.Minor));
        Requests(text);
        Storage(text);
        requests.Storage.WriteTo(text);
        if (audit is not null)
        {
            audit.WriteTo(text);
        }
        else
        {
            text.Single("apiserver_audit_event_total", "counter", "[ALPHA] Counter of audit events generated and sent to the audit backend.", 0);
            text.Single("apiserver_audit_requests_rejected_total", "counter", "[ALPHA] Counter of apiserver requests rejected due to an error in audit logging backend.", 0);
        }
        requests.Parts?.WriteTo(text);
        foreach (var reload in requests.Reloads)
        {
            reload.WriteTo(text);
        }
        requests.Authorization.WriteTo(text);
        requests.Admission.WriteTo(text);
        Disk(text);
        if (flow is not null)
        {
            FlowMetrics.Write(flow, text);
        }
        aggregation?.WriteTo(text);
        ProcessMetrics.Write(text);
        text.Head("version_info", "gauge", "[ALPHA] Provides the compatibility version info of the component. The component label is the name of the component, usually kube, but is relevant for aggregated-apiservers.");
        text.Sample("version_info", 1, ("binary", ServerVersion.Git), ("component", "kube"), ("emulation", $"{ServerVersion.Major}.{ServerVersion.Minor}"), ("min_compat", ServerVersion.MinimumCompatible));
        text.WriteRegistered();
        return new(new BytesResponse(200, System.Text.Encoding.UTF8.GetBytes(text.ToString())) { ContentType = MetricsText.ContentType });
    }

    private void Requests(MetricsText text)
    {
        List<KeyValuePair<RequestKey, RequestSeries>> series = [.. requests.All.OrderBy(item => item.Key.ToString(), StringComparer.Ordinal)];
        text.Head("apiserver_request_total", "counter", "[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.");
        foreach (var (key, value) in series)
        {
            foreach (var (code, count) in value.Codes)
            {
                text.Sample("apiserver_request_total", count.Value, [("code", code.ToString(System.Globalization.CultureInfo.InvariantCulture)), .. Labels(key)]);
            }
        }
        text.Head("apiserver_request_duration_seconds", "histogram", "[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.");
        foreach (var (key, value) in series)
        {
            if (value.Codes.Count > 0)
            {
                text.Histogram("apiserver_request_duration_seconds", value.Durations, Labels(key));
            }
        }
        text.Head("apiserver_request_sli_duration_seconds", "histogram", "[ALPHA] Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.");
        foreach (var (key, value) in series)
        {
            if (key.DryRun.Length == 0 && value.OwnDurations.Count > 0)
            {
                text.Histogram("apiserver_request_sli_duration_seconds", value.OwnDurations, Labels(key)[..^1]);
            }
        }
        text.Head("apiserver_longrunning_requests", "gauge", "[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.");
        foreach (var (key, value) in series)
        {
            if (value.Open.Value > 0 || key.Verb is "WATCH" or "CONNECT")
            {
                text.Sample("apiserver_longrunning_requests", value.Open.Value, Labels(key)[..^1]);
            }
        }
        text.Head("apiserver_current_inflight_requests", "gauge", "[STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.");
        text.Sample("apiserver_current_inflight_requests", requests.Mutating.Value, ("request_kind", "mutating"));
        text.Sample("apiserver_current_inflight_requests", requests.Reading.Value, ("request_kind", "readOnly"));
        text.Head("apiserver_watch_events_total", "counter", "[ALPHA] Number of events sent in watch clients");
        foreach (var (key, count) in requests.AllWatchEvents)
        {
            text.Sample("apiserver_watch_events_total", count.Count.Value, ("group", key.Group), ("resource", key.Resource), ("version", key.Version));
        }
        text.Head("apiserver_watch_events_sizes", "histogram", "[ALPHA] Watch event size distribution in bytes");
        foreach (var (key, events) in requests.AllWatchEvents)
        {
            text.Histogram("apiserver_watch_events_sizes", events.Sizes, ("group", key.Group), ("resource", key.Resource), ("version", key.Version));
        }
        text.Head("apiserver_current_inqueue_requests", "gauge", "[ALPHA] Maximal number of queued requests in this apiserver per request kind in last second.");
        text.Sample("apiserver_current_inqueue_requests", requests.WaitingToMutate.Value, ("request_kind", "mutating"));
        text.Sample("apiserver_current_inqueue_requests", requests.WaitingToRead.Value, ("request_kind", "readOnly"));
        text.Head("apiserver_response_sizes", "histogram", "[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.");
        foreach (var (key, value) in series)
        {
            if (key.Verb is "GET" or "LIST")
            {
                text.Histogram("apiserver_response_sizes", value.Sizes, Labels(key)[..^1]);
            }
        }
        text.Head("apiserver_request_terminations_total", "counter", "[ALPHA] Number of requests which apiserver terminated in self-defense.");
        foreach (var (key, value) in series)
        {
            if (value.Terminated.Value > 0)
            {
                text.Sample("apiserver_request_terminations_total", value.Terminated.Value, Labels(key)[..^1]);
            }
        }
        requests.Identity.WriteTo(text);
    }

    private void Storage(MetricsText text)
    {
        List<(string Collection, string Group, string Resource, int Count, long Bytes)> counts = [];
        foreach (var type in types.All.DistinctBy(type => type.Collection))
        {
            if (type.Verbs.Contains("list"))
            {
                var items = store.List(type.Collection, null)?.Items ?? [];
                long bytes = 0;
                foreach (var item in items)
                {
                    bytes += item.Json.Length;
                }
                counts.Add((type.Collection, type.Group, type.Plural, items.Count, bytes));
            }
        }
        text.Head("apiserver_storage_objects", "gauge", "[STABLE] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.");
        foreach (var (collection, _, _, count, _) in counts)
        {
            text.Sample("apiserver_storage_objects", count, ("resource", collection));
        }
        text.Head("apiserver_resource_objects", "gauge", "[ALPHA] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.");
        foreach (var (_, group, resource, count, _) in counts)
        {
            text.Sample("apiserver_resource_objects", count, ("group", group), ("resource", resource));
        }
        text.Head("apiserver_resource_size_estimate_bytes", "gauge", "[ALPHA] Estimated size of stored objects in database. Estimate is based on sum of last observed sizes of serialized objects. In case of a fetching error, the value will be -1.");
        foreach (var (_, group, resource, _, bytes) in counts)
        {
            text.Sample("apiserver_resource_size_estimate_bytes", bytes, ("group", group), ("resource", resource));
        }
        if (disk is not null)
        {
            text.Head("apiserver_storage_size_bytes", "gauge", "[STABLE] Size of the storage database file physically allocated in bytes.");
            text.Sample("apiserver_storage_size_bytes", disk.FileBytes, ("storage_cluster_id", "embedded"));
        }
        text.Single("etcd_debugging_mvcc_current_revision", "gauge", "The current revision of the store.", store.Revision);
        text.Single("etcd_debugging_mvcc_compact_revision", "gauge", "The revision of the last compaction in the store.", store.CompactedRevision);
    }

    private void Disk(MetricsText text)
    {
        if (disk is null)
        {
            return;
        }
        const string syncs = "etcd_disk_wal_fsync_duration_seconds";
        text.Head(syncs, "histogram", "The latency distributions of fsync called by WAL.");
        var (bounds, counts, sum) = disk.Syncs();
        text.Histogram(syncs, bounds, counts, sum);
        var report = disk.Report();
        text.Head("proa_store_disk_condition", "gauge", "1 for the condition that the store's disk is in.");
        foreach (var condition in Enum.GetValues<StoreCondition>())
        {
            text.Sample("proa_store_disk_condition", condition == report.Condition ? 1 : 0, ("condition", condition.ToString()), ("device", report.Device));
        }
        text.Single("proa_store_refused_batches_total", "counter", "Batches of writes that the disk refused.", disk.RefusedBatches);
    }

    private static (string Name, string Value)[] Labels(RequestKey key) =>
    [
        ("component", key.Component), ("group", key.Group), ("resource", key.Resource), ("scope", key.Scope), ("subresource", key.Subresource),
        ("verb", key.Verb), ("version", key.Version), ("dry_run", key.DryRun),
    ];
}

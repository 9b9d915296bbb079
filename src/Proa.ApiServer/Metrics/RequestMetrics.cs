using System.Collections.Concurrent;

namespace Proa.ApiServer.Metrics;

/// <summary>Counts requests, watch events and what is in flight. Lock-free once a series exists.</summary>
public sealed class RequestMetrics
{
    private readonly ConcurrentDictionary<RequestKey, RequestSeries> _series = new();
    private readonly ConcurrentDictionary<(string Group, string Version, string Resource), WatchSeries> _watchEvents = new();

    internal IEnumerable<KeyValuePair<RequestKey, RequestSeries>> All => _series;

    internal IEnumerable<KeyValuePair<(string Group, string Version, string Resource), WatchSeries>> AllWatchEvents => _watchEvents;

    /// <summary>Of the files that are taken over when they change; set before the first request.</summary>
    public IReadOnlyList<ReloadMetrics> Reloads { get; set; } = [];

    internal AuthorizationMetrics Authorization { get; } = new();

    internal AdmissionMetrics Admission { get; } = new();

    internal Counter Reading { get; } = new();

    internal Counter Mutating { get; } = new();

    /// <summary>Null: nothing of the kind is told.</summary>
    public MeteredParts? Parts { get; set; }

    internal IdentityMetrics Identity { get; } = new();

    internal StorageMetrics Storage { get; } = new();

    /// <summary>Requests that wait for their turn.</summary>
    internal Counter WaitingToRead { get; } = new();

    internal Counter WaitingToMutate { get; } = new();

    internal RequestSeries Of(in RequestKey key) => _series.GetOrAdd(key, static _ => new RequestSeries());

    internal WatchSeries WatchEvents(in RequestKey key) => _watchEvents.GetOrAdd((key.Group, key.Version, key.Resource), static _ => new WatchSeries());
}

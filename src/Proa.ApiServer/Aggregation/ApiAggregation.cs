using Microsoft.Extensions.Logging;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Proxying;
using Proa.ApiServer.Webhooks;
using Proa.Client;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// Makes other servers' APIs a part of this one's, as APIServices say: hands their requests on, tells of them in discovery and
/// OpenAPI, and watches whether they are there. Thread-safe.
/// </summary>
public sealed class ApiAggregation : IDisposable
{
    private readonly ApiAggregationOptions _options;
    private readonly ILogger _logger;
    private readonly ApiServiceRegistry _registry;
    private readonly ExtensionConnections _connections;
    private readonly ExtensionClient _client;
    private readonly ProxyForwarder _forwarder = new();
    private readonly RemoteServices _remote;
    private AvailabilityStatus? _status;

    public ApiAggregation(ApiAggregationOptions options)
    {
        _options = options;
        _logger = options.Logging.CreateLogger("Proa.ApiServer.Aggregation");
        _registry = new(options.Store);
        _connections = new(options.Certificate);
        _client = new(new ServiceEndpoints(options.Store, options.Random), _connections);
        _remote = new(_registry);
        Requests = new(_registry, _client, _connections, _forwarder, options.Clock, _logger);
    }

    internal AggregatedRequests Requests { get; }

    /// <summary>For discovery; a new reference after each change.</summary>
    internal AggregatedGroups Groups => _remote.Groups;

    /// <summary>For OpenAPI, by priority.</summary>
    internal IReadOnlyList<RemoteSchemas> Schemas => _remote.Schemas;

    /// <summary>Only for when no request runs any more.</summary>
    public void Dispose()
    {
        _connections.Dispose();
        _forwarder.Dispose();
    }

    /// <summary>Keeps APIServices, their statuses, and what is known of the servers behind them true, until cancelled.</summary>
    /// <param name="client">May read and write APIServices and ConfigMaps.</param>
    internal async Task RunAsync(IClusterClient client, CancellationToken ct)
    {
        var status = new AvailabilityStatus(_options.Store, client, _options.Clock, _logger);
        _status = status;
        var parts = new RemoteServiceParts(
            _options.Store, _client, new ServiceCheck(_options.Store), new DiscoveryCheck(_client, _options.Clock), new SchemaDownload(_client, _options.Clock), status,
            _options.Clock, static () => { });
        await Task.WhenAll(
            _registry.RunAsync(ct),
            _remote.RunAsync(parts, ct),
            new LocalAvailability(_registry, status, _options.Clock).RunAsync(ct),
            new Registration(_options.Store, _options.Types, client, _options.Clock, _logger).RunAsync(ct),
            _options.AuthorityPem is { } authority
                ? new AuthenticationKeeper(_options.Store, client, AuthenticationData.Of(authority, _options.FrontProxy), _logger).RunAsync(ct)
                : Task.CompletedTask);
    }

    internal void WriteTo(MetricsText text)
    {
        text.Head("aggregator_unavailable_apiservice", "gauge", "[ALPHA] Gauge of APIServices which are marked as unavailable broken down by APIService name.");
        foreach (var service in _registry.Current.All)
        {
            text.Sample("aggregator_unavailable_apiservice", service.Available ? 0 : 1, ("name", service.Name));
        }
        text.Head("aggregator_unavailable_apiservice_total", "counter", "[ALPHA] Counter of APIServices which are marked as unavailable broken down by APIService name and reason.");
        foreach (var ((name, reason), count) in _status?.Unavailable ?? [])
        {
            text.Sample("aggregator_unavailable_apiservice_total", count.Value, ("name", name), ("reason", reason));
        }
    }
}

using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// One APIService of another server while it exists: looks whether the server is there, what it serves and how, and again when
/// something changes or the time has come. The times are the original's. Thread-safe.
/// </summary>
internal sealed class RemoteService : IDisposable
{
    private static readonly TimeSpan s_checkAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_fetchAgain = TimeSpan.FromMinutes(1);
    private readonly RemoteServiceParts _parts;
    private readonly CancellationTokenSource _stop;
    private readonly PacedLoop _availability;
    private readonly PacedLoop _discovery;
    private readonly PacedLoop _schemas;
    private readonly DiscoveryDownload _discoveryDownload;
    private readonly Backoff _checkBackoff = new(TimeSpan.FromMilliseconds(5), s_checkAgain, Random.Shared);
    private readonly Backoff _discoveryBackoff = new(TimeSpan.FromMilliseconds(500), s_fetchAgain, Random.Shared);
    private readonly Backoff _schemaBackoff = new(s_fetchAgain, TimeSpan.FromHours(1), Random.Shared);
    private volatile ApiService _service;
    private volatile DiscoveredVersion? _discovered;
    private volatile RemoteSchemas? _found;

    public RemoteService(ApiService service, RemoteServiceParts parts, CancellationToken ct)
    {
        _service = service;
        _parts = parts;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _discoveryDownload = new(parts.Client, parts.Clock);
        (_availability, _discovery, _schemas) = (new(parts.Clock), new(parts.Clock), new(parts.Clock));
        Running = RunAsync(_stop.Token);
    }

    /// <summary>Completes when it has stopped.</summary>
    public Task Running { get; }

    /// <summary>Null: nobody has asked yet.</summary>
    public DiscoveredVersion? Discovered => _discovered;

    /// <summary>Null: they have not been there yet.</summary>
    public RemoteSchemas? Schemas => _found;

    public ExtensionServer Server => _service.Server!;

    /// <param name="service">The same server's.</param>
    public void Update(ApiService service)
    {
        var old = _service;
        _service = service;
        if (old.Available != service.Available)
        {
            _discovery.Trigger();
            _schemas.Trigger();
        }
    }

    public void Stop() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();

    private Task RunAsync(CancellationToken ct)
    {
        var ns = _service.Server!.Namespace;
        return Task.WhenAll(
            StoreFollower.RunAsync(_parts.Store, "services", ns, OnService, ct),
            StoreFollower.RunAsync(_parts.Store, "endpointslices.discovery.k8s.io", ns, OnSlice, ct),
            _availability.RunAsync(CheckAsync, ct),
            _discovery.RunAsync(DiscoverAsync, ct),
            _schemas.RunAsync(FetchSchemasAsync, ct));
    }

    private void OnService(IReadOnlyList<StoredObject>? changed)
    {
        if (changed is null || changed.Any(service => service.Key.Name == _service.Server!.Service))
        {
            _availability.Trigger();
        }
    }

    private void OnSlice(IReadOnlyList<StoredObject>? changed)
    {
        if (changed is null || changed.Any(slice => slice.Index.Labels.Contains(new("kubernetes.io/service-name", _service.Server!.Service))))
        {
            _availability.Trigger();
        }
    }

    private async Task<TimeSpan> CheckAsync(CancellationToken ct)
    {
        var service = _service;
        var condition = _parts.Check.Find(service.Server!) ?? await _parts.Discovery.RunAsync(service, ct);
        await _parts.Status.WriteAsync(service.Name, service.Server!, condition, ct);
        if (condition.Reason == "FailedDiscoveryCheck")
        {
            return _checkBackoff.Next();
        }
        _checkBackoff.Reset();
        return s_checkAgain;
    }

    private async Task<TimeSpan> DiscoverAsync(CancellationToken ct)
    {
        var service = _service;
        var found = service.Available ? await _discoveryDownload.RunAsync(service, ct) : null;
        var now = found ?? DiscoveredVersion.Stale(service.Version);
        if (_discovered is not { } before || !before.Entry.DeepEquals(now.Entry))
        {
            _discovered = now;
            _parts.Changed();
        }
        if (found is null)
        {
            return _discoveryBackoff.Next();
        }
        _discoveryBackoff.Reset();
        return s_fetchAgain;
    }

    private async Task<TimeSpan> FetchSchemasAsync(CancellationToken ct)
    {
        var service = _service;
        if (!service.Available || await _parts.Schemas.RunAsync(service, _found, ct) is not { } found)
        {
            return _schemaBackoff.Next();
        }
        _schemaBackoff.Reset();
        if (_found is not { } last || last.Tag != found.Tag || last.Url != found.Url)
        {
            _found = found;
            _parts.Changed();
        }
        return s_fetchAgain;
    }
}

/// <summary>What each <see cref="RemoteService"/> works with.</summary>
/// <param name="Changed">To be called after something that clients see has changed.</param>
internal sealed record RemoteServiceParts(
    IObjectStore Store, ExtensionClient Client, ServiceCheck Check, DiscoveryCheck Discovery, SchemaDownload Schemas, AvailabilityStatus Status, TimeProvider Clock,
    Action Changed);

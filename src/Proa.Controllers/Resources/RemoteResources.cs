using System.Text.Json;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Client;
using Proa.Client.Informers;

namespace Proa.Controllers.Resources;

/// <summary>
/// The resource types of versions that APIServices give to other servers, as discovery tells of them. While there is no such
/// APIService, nothing is asked. Thread-safe.
/// </summary>
internal sealed class RemoteResources : IReflectorSink
{
    private const string Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    private static readonly ResourcePath s_services = new("apiregistration.k8s.io", "v1", "apiservices");

    // Nobody tells when another server begins to serve more than before; the original asks as often.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);
    private readonly IClusterClient _client;
    private readonly TimeProvider _time;
    private readonly Reflector _reflector;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Group, string Version)> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Group, string Version), ResourceInfo[]> _known = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _wake = new(0, 1);

    public RemoteResources(IClusterClient client, TimeProvider time, ILogger logger)
    {
        (_client, _time) = (client, time);
        _reflector = new(client, s_services, null, this, time, logger);
    }

    /// <summary>Told after <see cref="All"/> has changed; handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>Those that hold objects: they can be listed, watched and deleted.</summary>
    public IReadOnlyList<ResourceInfo> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _known.Values.SelectMany(static types => types)];
            }
        }
    }

    /// <summary>Completes when the APIServices that exist are known.</summary>
    public Task SyncedAsync(CancellationToken ct) => _synced.Task.WaitAsync(ct);

    public Task RunAsync(CancellationToken ct) => Task.WhenAll(_reflector.RunAsync(ct), RepeatAsync(ct));

    /// <summary>Asks anew.</summary>
    /// <returns>The versions, such as <c>metrics.k8s.io/v1beta1</c>, of which nothing can be known now, in order.</returns>
    public async Task<IReadOnlyList<string>> RefreshAsync(CancellationToken ct)
    {
        (string Group, string Version)[] wanted;
        lock (_gate)
        {
            wanted = [.. _services.Values.Distinct()];
        }
        if (wanted.Length == 0)
        {
            return [];
        }
        var document = await _client.GetDocumentAsync("/apis", Accept, ct);
        var groups = document.Ok && JsonTree.Parse(document.Value.Span) is JsonObject list ? list.Array("items")?.OfType<JsonObject>().ToList() ?? [] : [];
        var failed = new List<string>();
        var changed = false;
        foreach (var version in wanted)
        {
            var entry = groups.FirstOrDefault(group => group.Object("metadata")?.String("name") == version.Group)
                ?.Array("versions")?.OfType<JsonObject>().FirstOrDefault(item => item.String("version") == version.Version);
            if (entry is null || entry.String("freshness") == "Stale")
            {
                // What was there before is still there, as far as anybody knows.
                failed.Add($"{version.Group}/{version.Version}");
                continue;
            }
            changed |= Put(version, Types(version, entry));
        }
        if (changed)
        {
            Changed?.Invoke();
        }
        failed.Sort(StringComparer.Ordinal);
        return failed;
    }

    void IReflectorSink.Replace(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        lock (_gate)
        {
            _services.Clear();
            foreach (var item in items)
            {
                Follow(JsonTree.ParseObject(item.Span));
            }
        }
        _synced.TrySetResult();
        Wake();
    }

    string? IReflectorSink.Apply(WatchKind kind, ReadOnlyMemory<byte> json)
    {
        var service = JsonTree.ParseObject(json.Span);
        lock (_gate)
        {
            if (kind == WatchKind.Deleted)
            {
                _services.Remove(service.Object("metadata")?.String("name") ?? "");
            }
            else
            {
                Follow(service);
            }
        }
        Wake();
        return service.Object("metadata")?.String("resourceVersion");
    }

    private void Follow(JsonObject service)
    {
        var (name, spec) = (service.Object("metadata")?.String("name") ?? "", service.Object("spec"));
        if (spec?.Object("service") is null)
        {
            _services.Remove(name);
        }
        else
        {
            _services[name] = (spec.String("group") ?? "", spec.String("version") ?? "");
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }

    private async Task RepeatAsync(CancellationToken ct)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), s_interval, Random.Shared);
        try
        {
            while (true)
            {
                await WaitAsync(await StepAsync(backoff, ct), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <returns>When to ask again; null: when an APIService changes.</returns>
    private async Task<TimeSpan?> StepAsync(Backoff backoff, CancellationToken ct)
    {
        Forget();
        lock (_gate)
        {
            if (_services.Count == 0)
            {
                return null;
            }
        }
        try
        {
            if (await RefreshAsync(ct) is { Count: 0 })
            {
                backoff.Reset();
                return s_interval;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            // Asked again a little later.
        }
        return backoff.Next();
    }

    private async Task WaitAsync(TimeSpan? delay, CancellationToken ct)
    {
        if (delay is not { } time)
        {
            await _wake.WaitAsync(ct);
            return;
        }
        using var timeout = new CancellationTokenSource(time, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time has come.
        }
    }

    /// <summary>Drops the types of versions that no APIService gives away any more.</summary>
    private void Forget()
    {
        var changed = false;
        lock (_gate)
        {
            foreach (var gone in _known.Keys.Except(_services.Values).ToList())
            {
                changed |= _known.Remove(gone, out var types) && types.Length > 0;
            }
        }
        if (changed)
        {
            Changed?.Invoke();
        }
    }

    private bool Put((string Group, string Version) version, ResourceInfo[] types)
    {
        lock (_gate)
        {
            if (!_services.ContainsValue(version) || (_known.TryGetValue(version, out var before) && before.AsSpan().SequenceEqual(types)))
            {
                return false;
            }
            _known[version] = types;
            return true;
        }
    }

    private static ResourceInfo[] Types((string Group, string Version) version, JsonObject entry) =>
    [
        .. (entry.Array("resources") ?? []).OfType<JsonObject>()
            .Where(static resource => Has(resource, "list") && Has(resource, "watch") && Has(resource, "delete"))
            .Select(resource => new ResourceInfo(
                version.Group, version.Version, resource.String("resource") ?? "", resource.Object("responseKind")?.String("kind") ?? "", resource.String("scope") == "Namespaced")),
    ];

    private static bool Has(JsonObject resource, string verb) => resource.Array("verbs")?.OfType<JsonString>().Any(item => item.Value == verb) == true;
}

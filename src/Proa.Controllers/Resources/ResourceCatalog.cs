using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.Client;
using Proa.Client.Informers;

namespace Proa.Controllers.Resources;

/// <summary>
/// The resource types that hold objects: the built-in ones, and those that custom resource definitions and other servers add
/// while it runs. One version of each. Thread-safe.
/// </summary>
internal sealed class ResourceCatalog : IReflectorSink
{
    private static readonly ResourcePath s_definitions = new("apiextensions.k8s.io", "v1", "customresourcedefinitions");

    private readonly Reflector _reflector;
    private readonly RemoteResources _remote;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceInfo?> _custom = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ResourceInfo[] _builtIn = BuiltIn();
    private volatile ResourceInfo[] _all;

    public ResourceCatalog(IClusterClient client, TimeProvider time, ILogger logger)
    {
        _all = _builtIn;
        _reflector = new(client, s_definitions, null, this, time, logger);
        _remote = new(client, time, logger);
        _remote.Changed += OnRemote;
    }

    /// <summary>Told after <see cref="All"/> has changed; handlers must be quick.</summary>
    public event Action? Changed;

    public IReadOnlyList<ResourceInfo> All => _all;

    /// <summary>The type of a reference, in whatever version it names it.</summary>
    public ResourceInfo? Find(string apiVersion, string kind)
    {
        var group = GroupVersionKind.Of(apiVersion, kind).Group;
        return Array.Find(_all, resource => resource.Kind == kind && resource.Group == group);
    }

    /// <summary>Completes when the definitions and APIServices that exist are known.</summary>
    public Task SyncedAsync(CancellationToken ct) => Task.WhenAll(_synced.Task.WaitAsync(ct), _remote.SyncedAsync(ct));

    public Task RunAsync(CancellationToken ct) => Task.WhenAll(_reflector.RunAsync(ct), _remote.RunAsync(ct));

    /// <summary>Asks what other servers serve now.</summary>
    /// <returns>The versions of which nothing can be known, such as <c>metrics.k8s.io/v1beta1</c>: there may be objects in them.</returns>
    public Task<IReadOnlyList<string>> RefreshAsync(CancellationToken ct) => _remote.RefreshAsync(ct);

    void IReflectorSink.Replace(IReadOnlyList<ReadOnlyMemory<byte>> items)
    {
        lock (_gate)
        {
            _custom.Clear();
            foreach (var item in items)
            {
                Put(item);
            }
            Publish();
        }
        _synced.TrySetResult();
        Changed?.Invoke();
    }

    string? IReflectorSink.Apply(WatchKind kind, ReadOnlyMemory<byte> json)
    {
        var key = ObjectKey.Read(json.Span);
        lock (_gate)
        {
            if (kind == WatchKind.Deleted)
            {
                _custom.Remove(key.Name!);
            }
            else
            {
                Put(json);
            }
            Publish();
        }
        Changed?.Invoke();
        return key.ResourceVersion;
    }

    private void Put(ReadOnlyMemory<byte> json)
    {
        var definition = JsonTree.ParseObject(json.Span);
        if ((definition["metadata"] as JsonObject)?["name"] is JsonString name)
        {
            _custom[name.Value] = Read(definition["spec"] as JsonObject);
        }
    }

    private void OnRemote()
    {
        lock (_gate)
        {
            Publish();
        }
        Changed?.Invoke();
    }

    private void Publish() => _all =
    [
        .. _builtIn, .. _custom.Values.OfType<ResourceInfo>(),
        .. _remote.All.DistinctBy(static type => type.GroupResource).Where(type => !_custom.Values.Any(custom => custom?.GroupResource == type.GroupResource)),
    ];

    /// <returns>Null while no version is served.</returns>
    private static ResourceInfo? Read(JsonObject? spec)
    {
        var names = spec?["names"] as JsonObject;
        var served = (spec?["versions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(version => version["served"] is JsonBool { Value: true });
        return spec?["group"] is JsonString group && names?["plural"] is JsonString plural && names["kind"] is JsonString kind && served?["name"] is JsonString version
            ? new(group.Value, version.Value, plural.Value, kind.Value, spec["scope"] is JsonString { Value: "Namespaced" })
            : null;
    }

    private static ResourceInfo[] BuiltIn() =>
    [
        .. SchemaRegistry.BuiltIn.Resources
            .Where(resource => resource.Verbs.Contains("list") && resource.Verbs.Contains("watch") && resource.Verbs.Contains("delete"))
            // Events are in two groups, of one store.
            .Where(resource => resource.Group != "events.k8s.io")
            .GroupBy(resource => resource.GroupResource, StringComparer.Ordinal)
            .Select(versions => versions.OrderBy(resource => resource.Version.Contains("alpha") ? 0 : resource.Version.Contains("beta") ? 1 : 2)
                .ThenBy(resource => resource.Version, StringComparer.Ordinal).Last())
            .Select(resource => new ResourceInfo(resource.Group, resource.Version, resource.Plural, resource.Kind, resource.Namespaced)),
    ];
}

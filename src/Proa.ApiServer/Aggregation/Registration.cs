using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Types;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>
/// Makes APIServices for what this server serves itself: those of the built-in versions once, at the start, and those of
/// CustomResourceDefinitions whenever these come and go. Whoever takes the label off one has it for himself.
/// </summary>
internal sealed class Registration(IObjectStore store, ITypeCatalog types, IClusterClient client, TimeProvider clock, ILogger logger)
{
    private const string OnStart = "onstart";
    private const string Always = "true";
    private static readonly ResourcePath s_path = new("apiregistration.k8s.io", "v1", "apiservices");

    private readonly Lock _gate = new();
    private readonly Dictionary<string, JsonObject> _builtIn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _definitions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _synced = new(StringComparer.Ordinal);
    private HashSet<string> _atStart = [];

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = new WorkQueue<string>(clock);
        foreach (var (group, version) in types.All.Where(static type => type.Custom is null).Select(static type => (type.Group, type.Version)).Distinct())
        {
            if (BuiltInPriorities.Of(group, version) is { } priority && group != s_path.Group)
            {
                _builtIn[$"{version}.{group}"] = Wanted(group, version, priority, OnStart);
            }
        }
        _atStart = [.. store.List(ApiService.Collection, null)!.Items.Select(static item => item.Key.Name)];
        Definitions(null, queue);
        foreach (var name in _builtIn.Keys)
        {
            queue.Add(name);
        }
        await Task.WhenAll(
            StoreFollower.RunAsync(store, CustomResourceDefinitionStrategy.Collection, null, changed => Definitions(changed, queue), ct),
            StoreFollower.RunAsync(store, ApiService.Collection, null, changed => Services(changed, queue), ct),
            new ReconcileLoop<string>("apiservice-registration", queue, ReconcileAsync, workers: 1, logger).RunAsync(ct));
    }

    private void Definitions(IReadOnlyList<StoredObject>? changed, WorkQueue<string> queue)
    {
        lock (_gate)
        {
            var definitions = changed ?? store.List(CustomResourceDefinitionStrategy.Collection, null)!.Items;
            foreach (var definition in definitions)
            {
                Put(definition.Key.Name, store.Get(definition.Key), queue);
            }
            if (changed is null)
            {
                foreach (var gone in _definitions.Keys.Except(definitions.Select(static definition => definition.Key.Name), StringComparer.Ordinal).ToList())
                {
                    Put(gone, null, queue);
                }
            }
        }
    }

    private void Put(string name, StoredObject? definition, WorkQueue<string> queue)
    {
        var before = _definitions.GetValueOrDefault(name, []);
        var now = definition is null ? [] : DefinitionVersions.Read(definition.Json.Span);
        if (definition is null)
        {
            _definitions.Remove(name);
        }
        else
        {
            _definitions[name] = now;
        }
        if (!before.AsSpan().SequenceEqual(now))
        {
            foreach (var service in before.Union(now, StringComparer.Ordinal))
            {
                queue.Add(service);
            }
        }
    }

    private void Services(IReadOnlyList<StoredObject>? changed, WorkQueue<string> queue)
    {
        foreach (var service in changed ?? store.List(ApiService.Collection, null)!.Items)
        {
            queue.Add(service.Key.Name);
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        var wanted = Wanted(name);
        var stored = store.Get(new(ApiService.Collection, "", name));
        var synced = _synced.ContainsKey(name);
        var result = await SyncAsync(name, wanted, stored, synced, ct);
        if (result == ReconcileResult.Done)
        {
            _synced.TryAdd(name, true);
        }
        return result;
    }

    private async Task<ReconcileResult> SyncAsync(string name, JsonObject? wanted, StoredObject? stored, bool synced, CancellationToken ct)
    {
        if (ManagedBy(wanted) == OnStart && synced)
        {
            return ReconcileResult.Done;
        }
        if (stored is null)
        {
            return wanted is null ? ReconcileResult.Done : Outcome(await client.CreateAsync(s_path, JsonTree.ToUtf8(wanted), WriteOptions.Default, ct));
        }
        var current = JsonTree.ParseObject(stored.Json.Span);
        var managed = ManagedBy(current);
        if (managed is not (OnStart or Always) || (managed == OnStart && (synced || !_atStart.Contains(name))))
        {
            return ReconcileResult.Done;
        }
        if (wanted is null)
        {
            return Outcome(await client.DeleteAsync(s_path with { Name = name }, new DeleteRequest(Uid: stored.Index.Uid), ct));
        }
        if (wanted["spec"]!.DeepEquals(current["spec"]))
        {
            return ReconcileResult.Done;
        }
        current["spec"] = wanted["spec"]!.Clone();
        return Outcome(await client.UpdateAsync(s_path with { Name = name }, JsonTree.ToUtf8(current), WriteOptions.Default, ct));
    }

    // What came between is told by the store; then it is looked at again.
    private static ReconcileResult Outcome(ApiResult<ReadOnlyMemory<byte>> answer) =>
        answer.Ok || answer.IsNotFound || answer.IsConflict ? ReconcileResult.Done : ReconcileResult.Retry(answer.Error);

    private JsonObject? Wanted(string name)
    {
        if (_builtIn.TryGetValue(name, out var known))
        {
            return known;
        }
        lock (_gate)
        {
            if (!_definitions.Values.Any(names => names.Contains(name)))
            {
                return null;
            }
        }
        var dot = name.IndexOf('.');
        return Wanted(name[(dot + 1)..], name[..dot], BuiltInPriorities.Custom, Always);
    }

    private static string ManagedBy(JsonObject? service) => service?.Object("metadata")?.Object("labels")?.String(ApiService.ManagedLabel) ?? "";

    private static JsonObject Wanted(string group, string version, (int Group, int Version) priority, string managed)
    {
        var spec = new JsonObject { ["groupPriorityMinimum"] = priority.Group, ["version"] = version, ["versionPriority"] = priority.Version };
        if (group.Length > 0)
        {
            spec["group"] = group;
        }
        return new()
        {
            ["apiVersion"] = "apiregistration.k8s.io/v1",
            ["kind"] = "APIService",
            ["metadata"] = new JsonObject { ["name"] = $"{version}.{group}", ["labels"] = new JsonObject { [ApiService.ManagedLabel] = managed } },
            ["spec"] = spec,
        };
    }
}

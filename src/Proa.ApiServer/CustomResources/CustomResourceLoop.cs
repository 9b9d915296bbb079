using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using Proa.ApiServer.Webhooks;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.CustomResources;

/// <summary>
/// Follows the CustomResourceDefinitions: accepts their names, serves their types, and empties and releases deleted ones.
/// </summary>
internal sealed partial class CustomResourceLoop(
    TypeCatalog types, ObjectWriter writer, ObjectDeleter deleter, WebhookClient webhooks, TimeProvider clock, ILogger logger)
{
    private static readonly UserInfo s_user = new("system:apiserver", [UserInfo.AdministratorsGroup]);
    private static readonly WriteParameters s_parameters = new(false, "proa", FieldValidation.Ignore, false);

    // Longer than a pass takes, unless one of them empties a large collection.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // What was made of each definition, to be made again only when it changed.
    private Dictionary<string, (StoredObject Definition, TypeRules[] Types)> _made = new(StringComparer.Ordinal);

    private readonly ConditionalWeakTable<StoredObject, StrongBox<(string Group, string[] Resources, string[] Kinds)>> _held = [];

    // What the last pass saw, and what tells its end; null: none was made yet, or none comes any more.
    private IReadOnlyList<StoredObject>? _seen;
    private TaskCompletionSource _pass = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when what the store holds now is served, or after a moment.</summary>
    public async ValueTask CatchUpAsync(CancellationToken ct)
    {
        var start = clock.GetTimestamp();
        while (!IsCurrent())
        {
            var pass = Volatile.Read(ref _pass).Task;
            if (IsCurrent() || clock.GetElapsedTime(start) >= s_patience)
            {
                return;
            }
            try
            {
                await pass.WaitAsync(s_patience, clock, ct);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await FollowAsync(ct);
        }
        finally
        {
            Volatile.Write(ref _seen, null);
        }
    }

    private bool IsCurrent()
    {
        if (Volatile.Read(ref _seen) is not { } seen)
        {
            return true;
        }
        var now = writer.Store.List(CustomResourceDefinitionStrategy.Collection, null)!.Items;
        if (now.Count != seen.Count)
        {
            return false;
        }
        for (var i = 0; i < now.Count; i++)
        {
            if (!ReferenceEquals(now[i], seen[i]))
            {
                return false;
            }
        }
        return true;
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var snapshot = writer.Store.List(CustomResourceDefinitionStrategy.Collection, null)!;
            using var watch = writer.Store.Watch(CustomResourceDefinitionStrategy.Collection, null, snapshot.Revision);
            try
            {
                await ReconcileAsync(snapshot.Items, ct);
                while (watch is not null && !watch.Overrun && await watch.Changes.WaitToReadAsync(ct))
                {
                    while (watch.Changes.TryRead(out _))
                    {
                    }
                    await ReconcileAsync(writer.Store.List(CustomResourceDefinitionStrategy.Collection, null)!.Items, ct);
                }
                if (watch is { Overrun: false })
                {
                    // The store is closed.
                    return;
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task ReconcileAsync(IReadOnlyList<StoredObject> definitions, CancellationToken ct)
    {
        var served = new List<TypeRules>();
        var made = new Dictionary<string, (StoredObject, TypeRules[])>(definitions.Count, StringComparer.Ordinal);
        var changed = definitions.Count != _made.Count;
        foreach (var stored in definitions)
        {
            if (_made.TryGetValue(stored.Key.Name, out var known) && ReferenceEquals(known.Definition, stored))
            {
                made[stored.Key.Name] = known;
                served.AddRange(known.Types);
                continue;
            }
            changed = true;
            var definition = JsonTree.ParseObject(stored.Json.Span);
            if (Metadata.IsDeleting(definition))
            {
                if (await EmptyAsync(stored, definition, ct))
                {
                    continue;
                }
            }
            else if ((!DefinitionStatus.Is(definition, "Established") || !NamesAccepted(definition)) && !await EstablishAsync(stored.Key.Name, definitions, ct))
            {
                // Its names are another's; when that one goes, it comes.
                continue;
            }
            TypeRules[] rules = [.. CustomTypes.Of(definition, stored.Json, webhooks)];
            served.AddRange(rules);
            if (!Metadata.IsDeleting(definition))
            {
                made[stored.Key.Name] = (stored, rules);
            }
        }
        _made = made;
        if (changed)
        {
            types.SetCustom(served);
        }
        Volatile.Write(ref _seen, definitions);
        Interlocked.Exchange(ref _pass, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <returns>True when it is to be served.</returns>
    private async Task<bool> EstablishAsync(string name, IReadOnlyList<StoredObject> definitions, CancellationToken ct)
    {
        var serves = false;
        var written = await WriteAsync(name, "status", definition =>
        {
            var now = clock.GetUtcNow();
            var (resources, kinds) = HeldByOthers(name, DefinitionNames.Held(definition).Group, definitions);
            var established = DefinitionStatus.Is(definition, "Established");
            if (DefinitionNames.Accept(definition, resources, kinds) is { } conflict)
            {
                DefinitionStatus.SetCondition(definition, "NamesAccepted", false, conflict.Reason, conflict.Message, now);
                if (!established)
                {
                    DefinitionStatus.SetCondition(definition, "Established", false, "NotAccepted", "not all names are accepted", now);
                }
            }
            else
            {
                DefinitionStatus.SetCondition(definition, "NamesAccepted", true, "NoConflicts", "no conflicts found", now);
                DefinitionStatus.SetCondition(definition, "Established", true, "InitialNamesAccepted", "the initial names have been accepted", now);
                established = true;
            }
            serves = established;
            return definition;
        }, ct);
        if (!written.Ok)
        {
            NotWritten(name, written.Error.Message);
        }
        return serves;
    }

    private (HashSet<string> Resources, HashSet<string> Kinds) HeldByOthers(string name, string group, IReadOnlyList<StoredObject> definitions)
    {
        var (resources, kinds) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var other in definitions)
        {
            // The group is the end of the name; what was written a moment ago counts.
            if (other.Key.Name == name || !other.Key.Name.EndsWith("." + group, StringComparison.Ordinal) || writer.Store.Get(other.Key) is not { } current)
            {
                continue;
            }
            var held = _held.GetValue(current, static stored => new(DefinitionNames.Held(JsonTree.ParseObject(stored.Json.Span))));
            if (held.Value.Group == group)
            {
                resources.UnionWith(held.Value.Resources);
                kinds.UnionWith(held.Value.Kinds);
            }
        }
        return (resources, kinds);
    }

    private static bool NamesAccepted(JsonObject definition) =>
        definition.Object("status")?.Object("acceptedNames") is { } accepted && accepted.DeepEquals(definition.Object("spec")?.Object("names"));

    /// <returns>True when the last instance is gone, and with it the definition.</returns>
    private async Task<bool> EmptyAsync(StoredObject stored, JsonObject definition, CancellationToken ct)
    {
        if (CustomTypes.Of(definition, stored.Json, webhooks).FirstOrDefault() is { } rules)
        {
            var collection = rules.Type.Collection;
            foreach (var instance in writer.Store.List(collection, null)!.Items)
            {
                var scope = new WriteScope(rules, instance.Key.Namespace, s_user, s_parameters, static _ => { });
                await deleter.DeleteAsync(scope, instance.Key.Name, new DeleteParameters(), ct);
            }
            if (writer.Store.List(collection, null)!.Items.Count > 0)
            {
                // Their own finalizers hold them.
                _ = AwaitEmptyAsync(collection, stored.Key.Name, ct);
                return false;
            }
        }
        await ReleaseAsync(stored.Key.Name, ct);
        return true;
    }

    private async Task AwaitEmptyAsync(string collection, string name, CancellationToken ct)
    {
        var snapshot = writer.Store.List(collection, null)!;
        using var watch = writer.Store.Watch(collection, null, snapshot.Revision);
        try
        {
            while (snapshot.Items.Count > 0 && watch is not null && await watch.Changes.WaitToReadAsync(ct))
            {
                while (watch.Changes.TryRead(out _))
                {
                }
                snapshot = writer.Store.List(collection, null)!;
            }
            await ReleaseAsync(name, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It is found again at the next start.
        }
    }

    private async Task ReleaseAsync(string name, CancellationToken ct)
    {
        var written = await WriteAsync(name, "finalize-definition", definition =>
        {
            var metadata = Metadata.Of(definition);
            var finalizers = metadata.Array("finalizers") ?? [];
            finalizers.RemoveAll(static item => item is JsonString { Value: CustomResourceDefinitionStrategy.Finalizer });
            metadata["finalizers"] = finalizers.Count == 0 ? null : finalizers;
            return definition;
        }, ct);
        if (!written.Ok && !written.IsNotFound)
        {
            NotWritten(name, written.Error.Message);
        }
    }

    private ValueTask<ApiResult<Written>> WriteAsync(string name, string subresource, Func<JsonObject, JsonObject> change, CancellationToken ct)
    {
        var rules = types.FindRules("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;
        var scope = new WriteScope(rules, "", s_user, s_parameters, static _ => { }) { Subresource = subresource };
        return writer.UpdateAsync(scope, name, new UpdateStep(definition => change(definition), OwnsFields: true), ct);
    }

    [LoggerMessage(1, LogLevel.Warning, "CustomResourceDefinition {Name} could not be brought up to date: {Reason}")]
    private partial void NotWritten(string name, string? reason);
}

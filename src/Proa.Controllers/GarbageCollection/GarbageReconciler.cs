using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.Resources;

namespace Proa.Controllers.GarbageCollection;

/// <summary>
/// Decides about one object: an owner that nobody has seen is verified; what has lost its owners is deleted; what is deleted
/// in the foreground waits for its dependents; what is deleted as an orphanage lets them go. The rules are the original's
/// (<c>pkg/controller/garbagecollector</c>).
/// </summary>
internal sealed class GarbageReconciler(ControllerContext context, OwnerGraph graph)
{
    public async Task<ReconcileResult> ReconcileAsync(string uid, CancellationToken ct)
    {
        if (graph.View(uid) is not { } node)
        {
            return ReconcileResult.Done;
        }
        if (node.State == OwnerState.Unverified)
        {
            return await VerifyAsync(node, ct);
        }
        if (node.State == OwnerState.Absent)
        {
            return ReconcileResult.Done;
        }
        if (node.Deleting)
        {
            return node.Orphan ? await OrphanAsync(node, ct)
                : node.Foreground && !node.Dependents.Any(dependent => dependent.Blocks) ? await RemoveFinalizerAsync(node, Finalizers.Foreground, ct)
                : ReconcileResult.Done;
        }
        return node.Owners.Count == 0 ? ReconcileResult.Done : await JudgeAsync(node, ct);
    }

    /// <summary>Asks the API for an owner that no watch has shown.</summary>
    private async Task<ReconcileResult> VerifyAsync(OwnerView node, CancellationToken ct)
    {
        if (node.Type is null)
        {
            return ReconcileResult.Retry($"an owner's kind is not known ({node.Name})");
        }
        if (node.Type.Namespaced && node.Namespace is null)
        {
            // A cluster-scoped object cannot have a namespaced owner; the reference means nothing that could be looked up.
            return ReconcileResult.Done;
        }
        var live = await context.Client.GetAsync(ResourcePath.Of(node.Type, node.Type.Namespaced ? node.Namespace : null, node.Name), ct);
        if (live.Ok ? MetadataReader.Read(live.Value.Span).Uid != node.Uid : live.IsNotFound)
        {
            graph.Remove(node.Uid);
            return ReconcileResult.Done;
        }
        return live.Ok ? ReconcileResult.Done : ReconcileResult.Retry(live.Error);
    }

    private async Task<ReconcileResult> JudgeAsync(OwnerView node, CancellationToken ct)
    {
        var solid = 0;
        var waiting = false;
        var lost = new HashSet<string>(StringComparer.Ordinal);
        foreach (var reference in node.Owners)
        {
            switch (graph.View(reference.Uid))
            {
                case null or { State: OwnerState.Absent }:
                    lost.Add(reference.Uid);
                    break;
                case { State: OwnerState.Real, Type.Namespaced: true } owner when owner.Namespace != node.Namespace:
                    // An object of another namespace that happens to be meant: it is not there for this one.
                    lost.Add(reference.Uid);
                    break;
                case { State: OwnerState.Real, Deleting: true, Foreground: true }:
                    waiting = true;
                    lost.Add(reference.Uid);
                    break;
                default:
                    solid++;
                    break;
            }
        }
        if (lost.Count == 0)
        {
            return ReconcileResult.Done;
        }
        var live = await LiveAsync(node, ct);
        if (live is null)
        {
            return ReconcileResult.Done;
        }
        if (solid > 0)
        {
            return await DropReferencesAsync(node, live, lost, ct);
        }
        if (!MetadataReader.Read(JsonTree.ToUtf8(live)).OwnerReferences.SequenceEqual(node.Owners))
        {
            return ReconcileResult.Retry("its owners have just changed");
        }
        var revision = RevisionOf(live);
        if (waiting && node.Dependents.Any(dependent => graph.View(dependent.Uid) is { State: OwnerState.Real, Deleting: true, Foreground: true }))
        {
            // Perhaps a circle, in which each would wait for the next: nobody waits for this one.
            var unblocked = await UnblockAsync(node, live, ct);
            if (!unblocked.Ok)
            {
                return unblocked.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(unblocked.Error);
            }
            revision = RevisionOf(JsonTree.ParseObject(unblocked.Value.Span));
        }
        // Its own dependents wait for it as its owner waits for it.
        var propagation = waiting && node.Dependents.Count > 0 ? "Foreground" : node.Orphan ? "Orphan" : node.Foreground ? "Foreground" : "Background";
        var deleted = await context.Client.DeleteAsync(
            PathOf(node), new DeleteRequest(Propagation: propagation, Uid: node.Uid, ResourceVersion: revision), ct);
        return deleted.Ok || deleted.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(deleted.Error);
    }

    /// <summary>Its owners do not wait for it any more.</summary>
    private Task<ApiResult<ReadOnlyMemory<byte>>> UnblockAsync(OwnerView node, JsonObject live, CancellationToken ct)
    {
        var references = (JsonArray)((JsonObject)live["metadata"]!)["ownerReferences"]!.Clone();
        foreach (var reference in references.OfType<JsonObject>())
        {
            if (reference.Bool("blockOwnerDeletion") == true)
            {
                reference["blockOwnerDeletion"] = false;
            }
        }
        return PatchAsync(node, live, "ownerReferences", references, ct);
    }

    private async Task<ReconcileResult> OrphanAsync(OwnerView node, CancellationToken ct)
    {
        foreach (var dependent in node.Dependents)
        {
            if (graph.View(dependent.Uid) is not { State: OwnerState.Real } child || await LiveAsync(child, ct) is not { } live)
            {
                continue;
            }
            var freed = await DropReferencesAsync(child, live, [node.Uid], ct);
            if (freed.Outcome == ReconcileOutcome.Retry)
            {
                return freed;
            }
        }
        return await RemoveFinalizerAsync(node, Finalizers.Orphan, ct);
    }

    private async Task<ReconcileResult> DropReferencesAsync(OwnerView node, JsonObject live, HashSet<string> uids, CancellationToken ct)
    {
        var metadata = (JsonObject)live["metadata"]!;
        if (metadata["ownerReferences"] is not JsonArray references)
        {
            return ReconcileResult.Done;
        }
        var kept = new JsonArray(references.Where(reference => !((reference as JsonObject)?["uid"] is JsonString uid && uids.Contains(uid.Value))));
        return kept.Count == references.Count ? ReconcileResult.Done : Told(await PatchAsync(node, live, "ownerReferences", kept, ct));
    }

    private async Task<ReconcileResult> RemoveFinalizerAsync(OwnerView node, string finalizer, CancellationToken ct)
    {
        if (await LiveAsync(node, ct) is not { } live || ((JsonObject)live["metadata"]!)["finalizers"] is not JsonArray finalizers)
        {
            return ReconcileResult.Done;
        }
        var kept = new JsonArray(finalizers.Where(item => item is not JsonString { Value: var value } || value != finalizer));
        return kept.Count == finalizers.Count ? ReconcileResult.Done : Told(await PatchAsync(node, live, "finalizers", kept, ct));
    }

    private Task<ApiResult<ReadOnlyMemory<byte>>> PatchAsync(OwnerView node, JsonObject live, string member, JsonArray value, CancellationToken ct)
    {
        var metadata = new JsonObject { ["uid"] = node.Uid, ["resourceVersion"] = RevisionOf(live) ?? "", [member] = value };
        var patch = JsonTree.ToUtf8(new JsonObject { ["metadata"] = metadata });
        return context.Client.PatchAsync(PathOf(node), PatchKind.Merge, patch, WriteOptions.Default, ct);
    }

    private static ReconcileResult Told(ApiResult<ReadOnlyMemory<byte>> answer) =>
        answer.Ok || answer.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(answer.Error);

    /// <returns>The object itself; null when it, or the one of its name that is meant, is gone.</returns>
    /// <exception cref="ApiException">The API refused.</exception>
    private async Task<JsonObject?> LiveAsync(OwnerView node, CancellationToken ct)
    {
        var answer = await context.Client.GetAsync(PathOf(node), ct);
        if (answer.IsNotFound)
        {
            graph.Remove(node.Uid);
            return null;
        }
        var live = JsonTree.ParseObject(answer.Value.Span);
        return (live["metadata"] as JsonObject)?["uid"] is JsonString { Value: var uid } && uid == node.Uid ? live : null;
    }

    private static string? RevisionOf(JsonObject live) => ((live["metadata"] as JsonObject)?["resourceVersion"] as JsonString)?.Value;

    private static ResourcePath PathOf(OwnerView node) => ResourcePath.Of(node.Type!, node.Type!.Namespaced ? node.Namespace : null, node.Name);
}

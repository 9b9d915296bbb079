using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.StatefulSets;

/// <summary>Keeps the named pods of a stateful set, their claims and their revisions.</summary>
internal sealed class StatefulSetReconciler(
    ControllerContext context, IInformer<StatefulSet> sets, IInformer<Pod> pods, IInformer<PersistentVolumeClaim> claims,
    IInformer<ControllerRevision> revisions, RecentWrites<Pod> recent, Expectations deletions)
{
    private const string HashLabel = "controller.kubernetes.io/hash";
    private readonly ControllerRevisions _revisions = new(context.Client, revisions);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (sets.Get(key.Namespace, key.Name) is not { } set)
        {
            return ReconcileResult.Done;
        }
        // A pod that was deleted and whose cache entry does not say so yet would be deleted, and told, twice.
        var settled = deletions.Satisfied(key);
        var (claimed, claimError) = await Claims.ClaimAsync(context.Client, set, set.Spec.Selector, pods, ct);
        if (claimError is not null)
        {
            return ReconcileResult.Retry(claimError);
        }
        var found = await _revisions.SyncAsync(set, set.Spec.Template, HashLabel, set.Status.CollisionCount ?? 0, null, ct);
        if (!found.Ok)
        {
            return PodControl.IsNamespaceTerminating(found.Error) ? ReconcileResult.Done : ReconcileResult.Retry(found.Error);
        }
        var (newest, all) = found.Value;
        var update = newest.Metadata.Name!;
        var current = all.Find(revision => revision.Metadata.Name == set.Status.CurrentRevision) ?? newest;
        var mine = recent.Overlay(claimed, pod => Owners.ControllerOf(pod.Metadata)?.Uid == set.Metadata.Uid);
        var plan = StatefulSetPlan.Of(set, mine, current.Metadata.Name!, update, context.Time.GetUtcNow());
        var error = settled ? await ApplyAsync(set, plan, current, newest, ct) : null;

        mine = recent.Overlay(claimed, pod => Owners.ControllerOf(pod.Metadata)?.Uid == set.Metadata.Uid);
        var status = StatefulSetStatusBuilder.Build(set, mine, current.Metadata.Name!, update, context.Time.GetUtcNow());
        if (status != set.Status)
        {
            var written = await context.Client.UpdateStatusAsync(set with { Status = status }, ct);
            if (!written.Ok && !written.IsNotFound)
            {
                return ReconcileResult.Retry(written.Error);
            }
        }
        if (error is not null)
        {
            return ReconcileResult.Retry(error);
        }
        var used = mine.Select(StatefulPods.RevisionOf).Append(update).Append(status.CurrentRevision!).ToHashSet(StringComparer.Ordinal);
        await _revisions.TruncateAsync(all, used, set.Spec.RevisionHistoryLimit ?? 10, ct);
        return plan.Wait is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private async Task<Status?> ApplyAsync(StatefulSet set, StatefulSetPlan plan, ControllerRevision current, ControllerRevision newest, CancellationToken ct)
    {
        foreach (var (ordinal, fresh) in plan.Create)
        {
            var revision = fresh ? newest : current;
            var template = fresh ? set.Spec.Template : ControllerRevisions.Template(current);
            if (await CreateAsync(set, StatefulPods.Make(set, template, revision.Metadata.Name!, ordinal), ordinal, ct) is { } error)
            {
                return error;
            }
        }
        if (plan.Delete.Count == 0)
        {
            return null;
        }
        var key = NamespacedName.Of(set);
        deletions.ExpectDeletions(key, plan.Delete.Select(pod => pod.Metadata.Uid!));
        Status? refused = null;
        foreach (var pod in plan.Delete)
        {
            var (ordered, error) = await DeleteAsync(set, pod, ct);
            if (!ordered)
            {
                deletions.DeletionObserved(key, pod.Metadata.Uid);
            }
            refused ??= error;
        }
        return refused;
    }

    private async Task<Status?> CreateAsync(StatefulSet set, Pod pod, int ordinal, CancellationToken ct)
    {
        var name = pod.Metadata.Name;
        foreach (var claim in StatefulPods.Claims(set, ordinal))
        {
            if (claims.Get(claim.Metadata.Namespace, claim.Metadata.Name!) is not null)
            {
                continue;
            }
            var claimed = await context.Client.CreateAsync(claim, ct);
            if (claimed.Ok)
            {
                context.Events.Normal(set, "SuccessfulCreate", $"Create Claim {claim.Metadata.Name} Pod {name} in StatefulSet {set.Metadata.Name} success");
            }
            else if (claimed.Error.Reason != "AlreadyExists")
            {
                context.Events.Warning(set, "FailedCreate", $"Create Claim {claim.Metadata.Name} for Pod {name} in StatefulSet {set.Metadata.Name} failed error: {claimed.Error.Message}");
                return claimed.Error;
            }
        }
        var made = await context.Client.CreateAsync(pod, ct);
        if (made.Ok)
        {
            recent.Wrote(made.Value);
            context.Events.Normal(set, "SuccessfulCreate", $"Create Pod {name} in StatefulSet {set.Metadata.Name} successful");
            return null;
        }
        if (made.Error.Reason == "AlreadyExists" || PodControl.IsNamespaceTerminating(made.Error))
        {
            return made.Error.Reason == "AlreadyExists" ? made.Error : null;
        }
        context.Events.Warning(set, "FailedCreate", $"Create Pod {name} in StatefulSet {set.Metadata.Name} failed error: {made.Error.Message}");
        return made.Error;
    }

    private async Task<(bool Ordered, Status? Error)> DeleteAsync(StatefulSet set, Pod pod, CancellationToken ct)
    {
        var deleted = await context.Client.DeleteAsync<Pod>(
            pod.Metadata.Namespace, pod.Metadata.Name!, new DeleteRequest(Uid: pod.Metadata.Uid), ct);
        if (deleted.Ok)
        {
            context.Events.Normal(set, "SuccessfulDelete", $"delete Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
            return (true, null);
        }
        return (false, deleted.IsNotFound || deleted.IsConflict ? null : deleted.Error);
    }
}

using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client.Informers;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.DaemonSets;

/// <summary>Keeps one pod of a daemon set on each node that takes it.</summary>
internal sealed class DaemonSetReconciler(
    ControllerContext context, IInformer<DaemonSet> sets, IInformer<Pod> pods, IInformer<Node> nodes, IInformer<ControllerRevision> revisions,
    Expectations expectations)
{
    private const string HashLabel = "controller-revision-hash";
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";
    private readonly PodControl _control = new(context.Client, context.Events);
    private readonly ControllerRevisions _revisions = new(context.Client, revisions);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (sets.Get(key.Namespace, key.Name) is not { } set)
        {
            expectations.Forget(key);
            return ReconcileResult.Done;
        }
        var counts = expectations.Satisfied(key);
        var (mine, claimError) = await Claims.ClaimAsync(context.Client, set, set.Spec.Selector, pods, ct);
        if (claimError is not null)
        {
            return ReconcileResult.Retry(claimError);
        }
        var found = await _revisions.SyncAsync(set, set.Spec.Template, HashLabel, set.Status.CollisionCount ?? 0, revision => WithGeneration(revision, set), ct);
        if (!found.Ok)
        {
            return PodControl.IsNamespaceTerminating(found.Error) ? ReconcileResult.Done : ReconcileResult.Retry(found.Error);
        }
        var (newest, all) = found.Value;
        var hash = newest.Metadata.Labels.GetValueOrDefault(HashLabel) ?? newest.Metadata.Name!;
        var plan = DaemonSetPlan.Of(set, nodes.List(), mine, hash, context.Time.GetUtcNow());
        Status? error = null;
        if (counts && set.Metadata.DeletionTimestamp is null && plan.Create.Count + plan.Delete.Count > 0)
        {
            error = await ApplyAsync(key, set, plan, hash, ct);
        }
        if (plan.Status != set.Status)
        {
            var written = await context.Client.UpdateStatusAsync(set with { Status = plan.Status }, ct);
            if (!written.Ok && !written.IsNotFound)
            {
                return ReconcileResult.Retry(written.Error);
            }
        }
        if (error is not null)
        {
            return ReconcileResult.Retry(error);
        }
        var used = mine.Select(pod => $"{set.Metadata.Name}-{pod.Metadata.Labels.GetValueOrDefault(HashLabel)}").Append(newest.Metadata.Name!).ToHashSet(StringComparer.Ordinal);
        await _revisions.TruncateAsync(all, used, set.Spec.RevisionHistoryLimit ?? 10, ct);
        return plan.Wait is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private static ControllerRevision WithGeneration(ControllerRevision revision, DaemonSet set) => revision with
    {
        Metadata = revision.Metadata with { Annotations = new Dictionary<string, string> { [TemplateGeneration] = DaemonPlacement.TemplateGeneration(set) } },
    };

    private async Task<Status?> ApplyAsync(NamespacedName key, DaemonSet set, DaemonSetPlan plan, string hash, CancellationToken ct)
    {
        Status? error = null;
        // Deletions first, and creations only when there are none: expectations hold one kind at a time.
        if (plan.Delete.Count > 0)
        {
            expectations.ExpectDeletions(key, plan.Delete.Select(pod => pod.Metadata.Uid!));
            foreach (var pod in plan.Delete)
            {
                var (ordered, refused) = await _control.DeleteAsync(set, pod, ct);
                if (!ordered)
                {
                    expectations.DeletionObserved(key, pod.Metadata.Uid);
                }
                error ??= refused;
            }
            return error;
        }
        expectations.ExpectCreations(key, plan.Create.Count);
        var next = -1;
        var (succeeded, failed) = await SlowStart.RunAsync(
            plan.Create.Count, () => _control.CreateAsync(set, DaemonPlacement.Make(set, plan.Create[Interlocked.Increment(ref next)], hash), ct));
        if (failed is not null)
        {
            expectations.CreationObserved(key, plan.Create.Count - succeeded);
        }
        return failed is not null && PodControl.IsNamespaceTerminating(failed) ? null : failed;
    }
}

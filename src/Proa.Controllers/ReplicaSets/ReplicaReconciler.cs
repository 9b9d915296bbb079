using Proa.Api.Meta;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ReplicaSets;

/// <summary>Keeps the number of a replica set's pods and tells it in the status.</summary>
internal sealed class ReplicaReconciler<T>(
    ControllerContext context, IReplicaKind<T> kind, IInformer<T> sets, IInformer<Pod> pods, Expectations expectations) where T : class, IResource<T>
{
    private const int Burst = 500;
    private readonly PodControl _control = new(context.Client, context.Events);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (sets.Get(key.Namespace, key.Name) is not { } owner)
        {
            expectations.Forget(key);
            return ReconcileResult.Done;
        }
        var set = kind.View(owner);
        // Before counting: a pod that arrives in between makes the count too low only when it was not expected.
        var counts = expectations.Satisfied(key);
        var (claimed, claimError) = await Claims.ClaimAsync(context.Client, owner, set.Spec.Selector, pods, ct);
        if (claimError is not null)
        {
            return ReconcileResult.Retry(claimError);
        }
        var active = claimed.FindAll(PodFacts.IsActive);
        var terminating = claimed.Count(pod => PodFacts.IsTerminating(pod) && !PodFacts.IsFinished(pod));

        Status? error = null;
        var difference = active.Count - (set.Spec.Replicas ?? 1);
        if (counts && difference != 0 && set.Metadata.DeletionTimestamp is null)
        {
            error = difference < 0 ? await CreateAsync(key, owner, set.Spec.Template, -difference, ct) : await DeleteAsync(key, owner, active, difference, ct);
        }
        var now = context.Time.GetUtcNow();
        var status = ReplicaSetStatusBuilder.Build(set, active, terminating, error, now);
        var told = kind.WithStatus(owner, status);
        if (!told.Equals(owner))
        {
            var written = await context.Client.UpdateStatusAsync(told, ct);
            if (!written.Ok && !written.IsNotFound)
            {
                return ReconcileResult.Retry(written.Error);
            }
        }
        if (error is not null)
        {
            return ReconcileResult.Retry(error);
        }
        return NextAvailable(set, active, now) is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private async Task<Status?> CreateAsync(NamespacedName key, T owner, PodTemplateSpec template, int missing, CancellationToken ct)
    {
        var count = Math.Min(missing, Burst);
        expectations.ExpectCreations(key, count);
        var pod = PodControl.FromTemplate(owner, template);
        var (succeeded, error) = await SlowStart.RunAsync(count, () => _control.CreateAsync(owner, pod, ct));
        if (error is not null)
        {
            expectations.CreationObserved(key, count - succeeded);
        }
        return error is not null && PodControl.IsNamespaceTerminating(error) ? null : error;
    }

    private async Task<Status?> DeleteAsync(NamespacedName key, T owner, List<Pod> active, int surplus, CancellationToken ct)
    {
        var victims = PodRanking.ToDelete(active, Related(owner), Math.Min(surplus, Burst), context.Time.GetUtcNow());
        expectations.ExpectDeletions(key, victims.Select(pod => pod.Metadata.Uid!));
        var results = await Task.WhenAll(victims.Select(async pod =>
        {
            var (ordered, error) = await _control.DeleteAsync(owner, pod, ct);
            if (!ordered)
            {
                expectations.DeletionObserved(key, pod.Metadata.Uid);
            }
            return error;
        }));
        return Array.Find(results, error => error is not null);
    }

    /// <summary>The pods of all replica sets that share this one's controller.</summary>
    private List<Pod> Related(T owner)
    {
        var related = new List<Pod>();
        IReadOnlyList<T> siblings = Owners.ControllerOf(owner.Metadata) is { } above ? sets.ByIndex(Owners.ByController, above.Uid) : [owner];
        foreach (var sibling in siblings)
        {
            related.AddRange(pods.ByIndex(Owners.ByController, sibling.Metadata.Uid!));
        }
        return related;
    }

    private static TimeSpan? NextAvailable(ReplicaSet set, List<Pod> active, DateTimeOffset now)
    {
        TimeSpan? next = null;
        foreach (var pod in active)
        {
            if (!PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now, out var wait) && wait is { } left && !(next <= left))
            {
                next = left;
            }
        }
        return next;
    }
}

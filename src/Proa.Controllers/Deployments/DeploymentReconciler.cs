using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Deployments;

/// <summary>
/// Moves a deployment one step: what to scale is <see cref="Rollout"/>'s to say, what to tell
/// <see cref="DeploymentStatusBuilder"/>'s; here both meet the API.
/// </summary>
internal sealed class DeploymentReconciler(
    ControllerContext context, IInformer<Deployment> deployments, IInformer<ReplicaSet> sets, IInformer<Pod> pods)
{
    private readonly ReplicaSetScaler _scaler = new(context);
    private readonly NewReplicaSets _newSets = new(context);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (deployments.Get(key.Namespace, key.Name) is not { } deployment)
        {
            return ReconcileResult.Done;
        }
        if (Selectors.IsEmpty(deployment.Spec.Selector))
        {
            context.Events.Warning(deployment, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
            return (deployment.Status.ObservedGeneration ?? 0) >= (deployment.Metadata.Generation ?? 0)
                ? ReconcileResult.Done
                : await WriteStatusAsync(deployment, deployment.Status with { ObservedGeneration = deployment.Metadata.Generation }, ct);
        }
        var (owned, error) = await Claims.ClaimAsync(context.Client, deployment, deployment.Spec.Selector, sets, ct);
        if (error is not null)
        {
            return ReconcileResult.Retry(error);
        }
        var now = context.Time.GetUtcNow();
        if (deployment.Metadata.DeletionTimestamp is not null)
        {
            return await WriteStatusAsync(deployment, DeploymentStatusBuilder.Count(deployment, owned, NewReplicaSets.Find(deployment, owned), now), ct);
        }
        if (PauseConditions.Update(deployment, now) is { } repaused)
        {
            return await WriteStatusAsync(deployment, repaused, ct);
        }
        if (deployment.Spec.Paused == true || WasScaled(deployment, owned))
        {
            return await ScaleAsync(deployment, owned, ct);
        }
        return deployment.Spec.Strategy.Type == "Recreate"
            ? await RecreateAsync(deployment, owned, ct)
            : await RollAsync(deployment, owned, ct);
    }

    private static bool WasScaled(Deployment deployment, List<ReplicaSet> owned) => owned.Exists(set =>
        set.Spec.Replicas > 0 && Revisions.Number(set.Metadata.Annotations, Revisions.Desired) is { } desired && desired != (deployment.Spec.Replicas ?? 1));

    private async Task<ReconcileResult> ScaleAsync(Deployment deployment, List<ReplicaSet> owned, CancellationToken ct)
    {
        var found = await _newSets.SyncAsync(deployment, owned, create: false, ct);
        if (!found.Ok)
        {
            return ReconcileResult.Retry(found.Error);
        }
        (deployment, var fresh, _) = found.Value;
        var old = Old(owned, fresh);
        var spec = RolloutSpec.Of(deployment);
        var steps = Rollout.Scale(spec, fresh is null ? null : View(fresh), [.. old.Select(View)]);
        if (await _scaler.ApplyAsync(deployment, spec, All(old, fresh), steps, ct) is { } error)
        {
            return ReconcileResult.Retry(error);
        }
        if (deployment.Spec.Paused == true)
        {
            await _scaler.CleanUpAsync(deployment, old, ct);
        }
        return await WriteStatusAsync(deployment, DeploymentStatusBuilder.Count(deployment, All(old, fresh), fresh, context.Time.GetUtcNow()), ct);
    }

    private async Task<ReconcileResult> RollAsync(Deployment deployment, List<ReplicaSet> owned, CancellationToken ct)
    {
        var found = await _newSets.SyncAsync(deployment, owned, create: true, ct);
        if (!found.Ok)
        {
            return ReconcileResult.Retry(found.Error);
        }
        (deployment, var fresh, _) = found.Value;
        if (fresh is null)
        {
            return ReconcileResult.Done;
        }
        var old = Old(owned, fresh);
        var spec = RolloutSpec.Of(deployment);
        var steps = Rollout.Roll(spec, View(fresh), [.. old.Select(View)]);
        if (await _scaler.ApplyAsync(deployment, spec, All(old, fresh), steps, ct) is { } error)
        {
            return ReconcileResult.Retry(error);
        }
        return await FinishAsync(deployment, old, fresh, steps.Count == 0, ct);
    }

    private async Task<ReconcileResult> RecreateAsync(Deployment deployment, List<ReplicaSet> owned, CancellationToken ct)
    {
        var found = await _newSets.SyncAsync(deployment, owned, create: false, ct);
        if (!found.Ok)
        {
            return ReconcileResult.Retry(found.Error);
        }
        (deployment, var fresh, _) = found.Value;
        var old = Old(owned, fresh);
        var spec = RolloutSpec.Of(deployment);
        var steps = Rollout.StopOld([.. old.Select(View)]);
        if (await _scaler.ApplyAsync(deployment, spec, old, steps, ct) is { } error)
        {
            return ReconcileResult.Retry(error);
        }
        if (steps.Count > 0 || old.Exists(HasLivePods))
        {
            return await FinishAsync(deployment, old, fresh, idle: false, ct);
        }
        if (fresh is null)
        {
            found = await _newSets.SyncAsync(deployment, owned, create: true, ct);
            if (!found.Ok)
            {
                return ReconcileResult.Retry(found.Error);
            }
            (deployment, fresh, _) = found.Value;
        }
        if (fresh is not null && await _scaler.ApplyAsync(deployment, spec, [fresh], [new(fresh.Metadata.Name!, spec.Replicas)], ct) is { } failed)
        {
            return ReconcileResult.Retry(failed);
        }
        return await FinishAsync(deployment, old, fresh, idle: true, ct);
    }

    private bool HasLivePods(ReplicaSet set) => pods.ByIndex(Owners.ByController, set.Metadata.Uid!).Any(pod => !PodFacts.IsFinished(pod));

    private async Task<ReconcileResult> FinishAsync(Deployment deployment, List<ReplicaSet> old, ReplicaSet? fresh, bool idle, CancellationToken ct)
    {
        if (idle && DeploymentStatusBuilder.IsComplete(deployment, deployment.Status))
        {
            await _scaler.CleanUpAsync(deployment, old, ct);
        }
        return await WriteStatusAsync(deployment, DeploymentStatusBuilder.Roll(deployment, All(old, fresh), fresh, context.Time.GetUtcNow()), ct);
    }

    private async Task<ReconcileResult> WriteStatusAsync(Deployment deployment, DeploymentStatus status, CancellationToken ct)
    {
        if (status != deployment.Status)
        {
            var written = await context.Client.UpdateStatusAsync(deployment with { Status = status }, ct);
            if (!written.Ok && !written.IsNotFound)
            {
                return ReconcileResult.Retry(written.Error);
            }
        }
        return DeploymentStatusBuilder.UntilDeadline(deployment, status, context.Time.GetUtcNow()) is { } wait
            ? ReconcileResult.After(wait)
            : ReconcileResult.Done;
    }

    private static List<ReplicaSet> Old(List<ReplicaSet> owned, ReplicaSet? fresh) => owned.FindAll(set => set.Metadata.Uid != fresh?.Metadata.Uid);

    private static List<ReplicaSet> All(List<ReplicaSet> old, ReplicaSet? fresh) => fresh is null ? old : [.. old, fresh];

    private static RolloutSet View(ReplicaSet set) => new(
        set.Metadata.Name!, set.Spec.Replicas ?? 1, set.Status.AvailableReplicas ?? 0, set.Metadata.CreationTimestamp ?? default)
    {
        MaxReplicasThen = Revisions.Number(set.Metadata.Annotations, Revisions.Max),
        DesiredThen = Revisions.Number(set.Metadata.Annotations, Revisions.Desired),
    };
}

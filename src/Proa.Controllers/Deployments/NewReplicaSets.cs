using System.Globalization;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Events;
using Proa.Controllers.Common;

namespace Proa.Controllers.Deployments;

/// <summary>Finds or makes the replica set of a deployment's template, and keeps its revision the highest.</summary>
internal sealed class NewReplicaSets(ControllerContext context)
{
    /// <summary>The deployment as it stands after the call, the set of its template, and whether that was made now.</summary>
    public readonly record struct Found(Deployment Deployment, ReplicaSet? Set, bool Created);

    /// <summary>The oldest set with the deployment's template.</summary>
    public static ReplicaSet? Find(Deployment deployment, IReadOnlyList<ReplicaSet> owned) => owned
        .Where(set => TemplateHash.Same(set.Spec.Template, deployment.Spec.Template))
        .OrderBy(set => set.Metadata.CreationTimestamp).ThenBy(set => set.Metadata.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    public async Task<ApiResult<Found>> SyncAsync(Deployment deployment, IReadOnlyList<ReplicaSet> owned, bool create, CancellationToken ct)
    {
        var existing = Find(deployment, owned);
        var revision = owned.Where(set => set != existing).Select(set => Revisions.Of(set.Metadata.Annotations)).DefaultIfEmpty().Max() + 1;
        if (existing is not null)
        {
            return await UpdateAsync(deployment, existing, revision, ct);
        }
        return create ? await CreateAsync(deployment, owned, revision, ct) : new Found(deployment, null, false);
    }

    private async Task<ApiResult<Found>> UpdateAsync(Deployment deployment, ReplicaSet set, long revision, CancellationToken ct)
    {
        var updated = set with
        {
            Metadata = set.Metadata with { Annotations = Revisions.OnNewSet(deployment, set.Metadata.Annotations, revision) },
        };
        if ((set.Spec.MinReadySeconds ?? 0) != (deployment.Spec.MinReadySeconds ?? 0))
        {
            updated = updated with { Spec = set.Spec with { MinReadySeconds = deployment.Spec.MinReadySeconds } };
        }
        if (updated != set)
        {
            var written = await context.Client.UpdateAsync(updated, ct);
            if (!written.Ok)
            {
                return written.Error;
            }
            // The next step needs the new resourceVersion; events from the cache follow by themselves.
            set = written.Value;
        }
        var marked = await MarkRevisionAsync(deployment, Revisions.Of(set.Metadata.Annotations), ct);
        if (!marked.Ok)
        {
            return marked.Error;
        }
        deployment = marked.Value;
        if (DeploymentStatusBuilder.HasDeadline(deployment) && DeploymentConditions.Get(deployment.Status, DeploymentConditions.Progressing) is null)
        {
            return await ToldAsync(deployment, set, false, "FoundNewReplicaSet", $"Found new replica set \"{set.Metadata.Name}\"", ct);
        }
        return new Found(deployment, set, false);
    }

    private async Task<ApiResult<Found>> CreateAsync(Deployment deployment, IReadOnlyList<ReplicaSet> owned, long revision, CancellationToken ct)
    {
        var set = Make(deployment, owned, revision);
        var made = await context.Client.CreateAsync(set, ct);
        var created = made.Ok;
        if (made.Error is { Reason: "AlreadyExists" })
        {
            var there = await context.Client.GetAsync<ReplicaSet>(set.Metadata.Namespace, set.Metadata.Name!, ct);
            if (!there.Ok)
            {
                return there.Error;
            }
            if (!Owners.IsControlledBy(there.Value, deployment) || !TemplateHash.Same(there.Value.Spec.Template, deployment.Spec.Template))
            {
                return await CollideAsync(deployment, made.Error, ct);
            }
            // The cache was late: it is ours.
            made = there;
        }
        if (!made.Ok)
        {
            return await RefusedAsync(deployment, set, made.Error, ct);
        }
        if (created && made.Value.Spec.Replicas > 0)
        {
            context.Events.Normal(deployment, "ScalingReplicaSet", $"Scaled up replica set {set.Metadata.Name} from 0 to {made.Value.Spec.Replicas}");
        }
        var marked = await MarkRevisionAsync(deployment, revision, ct);
        if (!marked.Ok)
        {
            return marked.Error;
        }
        return created && DeploymentStatusBuilder.HasDeadline(deployment)
            ? await ToldAsync(marked.Value, made.Value, true, "NewReplicaSetCreated", $"Created new replica set \"{set.Metadata.Name}\"", ct)
            : new Found(marked.Value, made.Value, created);
    }

    private static ReplicaSet Make(Deployment deployment, IReadOnlyList<ReplicaSet> owned, long revision)
    {
        var hash = TemplateHash.Of(deployment.Spec.Template, deployment.Status.CollisionCount ?? 0);
        var template = TemplateHash.WithLabel(deployment.Spec.Template, hash);
        var selector = deployment.Spec.Selector;
        var spec = RolloutSpec.Of(deployment);
        var annotations = Revisions.OnNewSet(deployment, Proa.Api.Models.ModelMap<string>.Empty, revision);
        Revisions.SetBounds(annotations, spec);
        var others = owned.Select(set => new RolloutSet(set.Metadata.Name!, set.Spec.Replicas ?? 1, 0, default)).ToList();
        return new()
        {
            Metadata = new()
            {
                Name = $"{deployment.Metadata.Name}-{hash}",
                Namespace = deployment.Metadata.Namespace,
                Labels = template.Metadata.Labels,
                Annotations = annotations,
                OwnerReferences = [Owners.ControllerReference(deployment)],
            },
            Spec = new()
            {
                Replicas = Rollout.NewSetReplicas(spec, others, 0),
                MinReadySeconds = deployment.Spec.MinReadySeconds,
                Selector = selector with { MatchLabels = new Dictionary<string, string>(selector.MatchLabels) { [TemplateHash.Label] = hash } },
                Template = template,
            },
        };
    }

    /// <summary>Another template has the same hash: count it, which changes the hash, and come again.</summary>
    private async Task<ApiResult<Found>> CollideAsync(Deployment deployment, Status conflict, CancellationToken ct)
    {
        var status = deployment.Status with { CollisionCount = (deployment.Status.CollisionCount ?? 0) + 1 };
        var written = await context.Client.UpdateStatusAsync(deployment with { Status = status }, ct);
        return written.Ok ? conflict : written.Error;
    }

    private async Task<ApiResult<Found>> RefusedAsync(Deployment deployment, ReplicaSet set, Status error, CancellationToken ct)
    {
        if (PodControl.IsNamespaceTerminating(error))
        {
            return new Found(deployment, null, false);
        }
        var message = $"Failed to create new replica set \"{set.Metadata.Name}\": {error.Message}";
        context.Events.Warning(deployment, "ReplicaSetCreateError", message);
        if (DeploymentStatusBuilder.HasDeadline(deployment))
        {
            var status = DeploymentConditions.Set(
                deployment.Status, DeploymentConditions.Progressing, "False", "ReplicaSetCreateError", message, context.Time.GetUtcNow());
            await context.Client.UpdateStatusAsync(deployment with { Status = status }, ct);
        }
        return error;
    }

    private async Task<ApiResult<Found>> ToldAsync(
        Deployment deployment, ReplicaSet set, bool created, string reason, string message, CancellationToken ct)
    {
        var status = DeploymentConditions.Set(
            deployment.Status, DeploymentConditions.Progressing, "True", reason, message, context.Time.GetUtcNow());
        if (status == deployment.Status)
        {
            return new Found(deployment, set, created);
        }
        var written = await context.Client.UpdateStatusAsync(deployment with { Status = status }, ct);
        return written.Select(told => new Found(told, set, created));
    }

    private async Task<ApiResult<Deployment>> MarkRevisionAsync(Deployment deployment, long revision, CancellationToken ct)
    {
        if (revision == 0 || Revisions.Of(deployment.Metadata.Annotations) == revision)
        {
            return deployment;
        }
        var annotations = new Dictionary<string, string>(deployment.Metadata.Annotations, StringComparer.Ordinal)
        {
            [Revisions.Revision] = revision.ToString(CultureInfo.InvariantCulture),
        };
        // Through the status, as in the original: an annotation written there is no new generation.
        return await context.Client.UpdateStatusAsync(deployment with { Metadata = deployment.Metadata with { Annotations = annotations } }, ct);
    }
}

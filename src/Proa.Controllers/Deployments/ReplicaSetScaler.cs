using Proa.Api.Models.Apps;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Events;
using Proa.Controllers.Common;

namespace Proa.Controllers.Deployments;

/// <summary>Carries out the steps of a rollout, tells them, and deletes old sets that nobody needs.</summary>
internal sealed class ReplicaSetScaler(ControllerContext context)
{
    /// <summary>Scales in the order of the steps; a set that is replaced is replaced in the list too.</summary>
    /// <returns>The first refusal, after which nothing more was done.</returns>
    public async Task<Status?> ApplyAsync(
        Deployment deployment, RolloutSpec spec, IReadOnlyList<ReplicaSet> sets, IReadOnlyList<RolloutStep> steps, CancellationToken ct)
    {
        foreach (var step in steps)
        {
            var set = sets.First(set => set.Metadata.Name == step.Set);
            var annotations = new Dictionary<string, string>(set.Metadata.Annotations, StringComparer.Ordinal);
            Revisions.SetBounds(annotations, spec);
            var was = set.Spec.Replicas ?? 1;
            if (was == step.Replicas && Same(annotations, set.Metadata.Annotations))
            {
                continue;
            }
            var written = await context.Client.UpdateAsync(
                set with { Metadata = set.Metadata with { Annotations = annotations }, Spec = set.Spec with { Replicas = step.Replicas } }, ct);
            if (!written.Ok)
            {
                return written.Error;
            }
            if (was != step.Replicas)
            {
                var direction = step.Replicas > was ? "up" : "down";
                context.Events.Normal(deployment, "ScalingReplicaSet", $"Scaled {direction} replica set {step.Set} from {was} to {step.Replicas}");
            }
        }
        return null;
    }

    /// <summary>Deletes the oldest empty sets past the deployment's history limit; best effort, it comes again.</summary>
    public async Task CleanUpAsync(Deployment deployment, IReadOnlyList<ReplicaSet> old, CancellationToken ct)
    {
        if (deployment.Spec.RevisionHistoryLimit is not { } limit || limit == int.MaxValue)
        {
            return;
        }
        var alive = old.Where(set => set.Metadata.DeletionTimestamp is null).OrderBy(set => Revisions.Of(set.Metadata.Annotations)).ToList();
        for (var i = 0; i < alive.Count - limit; i++)
        {
            var set = alive[i];
            if (set.Status.Replicas == 0 && set.Spec.Replicas == 0 && (set.Metadata.Generation ?? 0) <= (set.Status.ObservedGeneration ?? 0))
            {
                await context.Client.DeleteAsync<ReplicaSet>(
                    set.Metadata.Namespace, set.Metadata.Name!, new DeleteRequest(Uid: set.Metadata.Uid), ct);
            }
        }
    }

    private static bool Same(Dictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        a.Count == b.Count && a.All(pair => b.TryGetValue(pair.Key, out var value) && value == pair.Value);
}

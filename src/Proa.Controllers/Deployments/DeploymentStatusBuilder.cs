using Proa.Api.Models.Apps;
using Proa.Controllers.Common;

namespace Proa.Controllers.Deployments;

/// <summary>What a deployment's status says, from its replica sets and the time. Pure.</summary>
internal static class DeploymentStatusBuilder
{
    /// <summary>Counts and availability; the other conditions as they were.</summary>
    public static DeploymentStatus Count(Deployment deployment, IReadOnlyList<ReplicaSet> all, ReplicaSet? fresh, DateTimeOffset now)
    {
        int replicas = 0, ready = 0, available = 0, wanted = 0, terminating = 0;
        var terminatingKnown = true;
        foreach (var set in all)
        {
            replicas += set.Status.Replicas;
            ready += set.Status.ReadyReplicas ?? 0;
            available += set.Status.AvailableReplicas ?? 0;
            wanted += set.Spec.Replicas ?? 1;
            terminating += set.Status.TerminatingReplicas ?? 0;
            terminatingKnown &= set.Status.TerminatingReplicas is not null;
        }
        var status = deployment.Status with
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = Counts.OrAbsent(replicas),
            UpdatedReplicas = Counts.OrAbsent(fresh?.Status.Replicas ?? 0),
            ReadyReplicas = Counts.OrAbsent(ready),
            AvailableReplicas = Counts.OrAbsent(available),
            UnavailableReplicas = Counts.OrAbsent(Math.Max(0, wanted - available)),
            TerminatingReplicas = terminatingKnown ? terminating : null,
        };
        return available >= RolloutSpec.Of(deployment).MinAvailable
            ? DeploymentConditions.Set(status, DeploymentConditions.Available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
            : DeploymentConditions.Set(status, DeploymentConditions.Available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now);
    }

    /// <summary>Counts, availability, and whether the rollout moves, is over, or is stuck.</summary>
    public static DeploymentStatus Roll(Deployment deployment, IReadOnlyList<ReplicaSet> all, ReplicaSet? fresh, DateTimeOffset now)
    {
        var status = Count(deployment, all, fresh, now);
        status = HasDeadline(deployment) ? Progress(deployment, status, fresh, now) : DeploymentConditions.Remove(status, DeploymentConditions.Progressing);
        return Failure(all, fresh) is { } failure
            ? DeploymentConditions.Set(status, DeploymentConditions.ReplicaFailure, failure.Status, failure.Reason ?? "", failure.Message ?? "", now)
            : DeploymentConditions.Remove(status, DeploymentConditions.ReplicaFailure);
    }

    public static bool HasDeadline(Deployment deployment) => deployment.Spec.ProgressDeadlineSeconds is { } seconds and not int.MaxValue;

    /// <summary>All pods are of the newest template, and available, and none of another is left.</summary>
    public static bool IsComplete(Deployment deployment, DeploymentStatus status)
    {
        var wanted = deployment.Spec.Replicas ?? 1;
        return (status.UpdatedReplicas ?? 0) == wanted && (status.Replicas ?? 0) == wanted && (status.AvailableReplicas ?? 0) == wanted
            && (status.ObservedGeneration ?? 0) >= (deployment.Metadata.Generation ?? 0);
    }

    /// <summary>How long until the deadline, when the rollout is under way and has one.</summary>
    public static TimeSpan? UntilDeadline(Deployment deployment, DeploymentStatus status, DateTimeOffset now)
    {
        var condition = DeploymentConditions.Get(status, DeploymentConditions.Progressing);
        return !HasDeadline(deployment) || condition is null || condition.Reason is DeploymentConditions.TimedOut or DeploymentConditions.NewSetAvailable
            || IsComplete(deployment, status) || condition.LastUpdateTime is not { } since
                ? null
                : Max(since + TimeSpan.FromSeconds(deployment.Spec.ProgressDeadlineSeconds!.Value) - now, TimeSpan.Zero) + TimeSpan.FromSeconds(1);
    }

    private static DeploymentStatus Progress(Deployment deployment, DeploymentStatus status, ReplicaSet? fresh, DateTimeOffset now)
    {
        var current = DeploymentConditions.Get(deployment.Status, DeploymentConditions.Progressing);
        if ((status.Replicas ?? 0) == (status.UpdatedReplicas ?? 0) && current?.Reason == DeploymentConditions.NewSetAvailable)
        {
            // Over already: pods that come and go later are no rollout.
            return status;
        }
        var what = fresh is null ? $"Deployment \"{deployment.Metadata.Name}\"" : $"ReplicaSet \"{fresh.Metadata.Name}\"";
        if (IsComplete(deployment, status))
        {
            return DeploymentConditions.Set(
                status, DeploymentConditions.Progressing, "True", DeploymentConditions.NewSetAvailable, $"{what} has successfully progressed.", now);
        }
        if (Moved(deployment.Status, status))
        {
            // Taken out first: the same condition again, but with the time of this move, from which the deadline counts.
            return DeploymentConditions.Set(DeploymentConditions.Remove(status, DeploymentConditions.Progressing), new()
            {
                Type = DeploymentConditions.Progressing,
                Status = "True",
                Reason = "ReplicaSetUpdated",
                Message = $"{what} is progressing.",
                LastUpdateTime = now,
                LastTransitionTime = current?.Status == "True" ? current.LastTransitionTime : now,
            });
        }
        return TimedOut(deployment, current, now)
            ? DeploymentConditions.Set(
                status, DeploymentConditions.Progressing, "False", DeploymentConditions.TimedOut, $"{what} has timed out progressing.", now)
            : status;
    }

    private static bool Moved(DeploymentStatus old, DeploymentStatus now)
    {
        var oldOld = (old.Replicas ?? 0) - (old.UpdatedReplicas ?? 0);
        var oldNow = (now.Replicas ?? 0) - (now.UpdatedReplicas ?? 0);
        return (now.UpdatedReplicas ?? 0) > (old.UpdatedReplicas ?? 0) || oldNow < oldOld
            || (now.ReadyReplicas ?? 0) > (old.ReadyReplicas ?? 0) || (now.AvailableReplicas ?? 0) > (old.AvailableReplicas ?? 0);
    }

    private static bool TimedOut(Deployment deployment, DeploymentCondition? current, DateTimeOffset now) => current?.Reason switch
    {
        null or DeploymentConditions.NewSetAvailable => false,
        DeploymentConditions.TimedOut => true,
        _ => current.LastUpdateTime is { } since && now > since + TimeSpan.FromSeconds(deployment.Spec.ProgressDeadlineSeconds!.Value),
    };

    /// <summary>What keeps a set from its pods: the new set's trouble rather than an old one's.</summary>
    private static ReplicaSetCondition? Failure(IReadOnlyList<ReplicaSet> all, ReplicaSet? fresh)
    {
        static ReplicaSetCondition? Of(ReplicaSet set) =>
            set.Status.Conditions.FirstOrDefault(condition => condition is { Type: DeploymentConditions.ReplicaFailure, Status: "True" });
        return (fresh is null ? null : Of(fresh)) ?? all.Select(Of).FirstOrDefault(condition => condition is not null);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

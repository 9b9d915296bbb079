using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Controllers.Common;

namespace Proa.Controllers.ReplicaSets;

/// <summary>What a replica set's status says, from its pods. Pure.</summary>
internal static class ReplicaSetStatusBuilder
{
    private const string Failure = "ReplicaFailure";

    /// <param name="active">The set's pods that are neither finished nor terminating.</param>
    /// <param name="error">What kept the set from its number of pods, if anything did.</param>
    public static ReplicaSetStatus Build(ReplicaSet set, IReadOnlyList<Pod> active, int terminating, Status? error, DateTimeOffset now)
    {
        int labeled = 0, ready = 0, available = 0;
        foreach (var pod in active)
        {
            labeled += Selectors.MatchesAll(set.Spec.Template.Metadata.Labels, pod.Metadata.Labels) ? 1 : 0;
            ready += PodFacts.IsReady(pod) ? 1 : 0;
            available += PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now) ? 1 : 0;
        }
        return set.Status with
        {
            Replicas = active.Count,
            FullyLabeledReplicas = Counts.OrAbsent(labeled),
            ReadyReplicas = Counts.OrAbsent(ready),
            AvailableReplicas = Counts.OrAbsent(available),
            TerminatingReplicas = terminating,
            ObservedGeneration = set.Metadata.Generation,
            Conditions = Conditions(set, active.Count, error, now),
        };
    }

    private static IReadOnlyList<ReplicaSetCondition> Conditions(ReplicaSet set, int active, Status? error, DateTimeOffset now)
    {
        var current = set.Status.Conditions.FirstOrDefault(condition => condition.Type == Failure);
        if ((error is null) == (current is null))
        {
            return set.Status.Conditions;
        }
        var others = set.Status.Conditions.Where(condition => condition.Type != Failure);
        if (error is null)
        {
            return [.. others];
        }
        return
        [
            .. others,
            new()
            {
                Type = Failure,
                Status = "True",
                Reason = active < (set.Spec.Replicas ?? 1) ? "FailedCreate" : "FailedDelete",
                Message = error.Message,
                LastTransitionTime = now,
            },
        ];
    }
}

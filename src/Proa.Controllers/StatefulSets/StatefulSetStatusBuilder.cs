using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.StatefulSets;

/// <summary>What a stateful set's status says, from its pods. Pure.</summary>
internal static class StatefulSetStatusBuilder
{
    public static StatefulSetStatus Build(StatefulSet set, IReadOnlyList<Pod> pods, string currentRevision, string updateRevision, DateTimeOffset now)
    {
        int replicas = 0, ready = 0, available = 0, current = 0, updated = 0;
        foreach (var pod in pods)
        {
            replicas++;
            ready += PodFacts.IsReady(pod) ? 1 : 0;
            available += PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now) ? 1 : 0;
            if (PodFacts.IsTerminating(pod))
            {
                continue;
            }
            current += StatefulPods.RevisionOf(pod) == currentRevision ? 1 : 0;
            updated += StatefulPods.RevisionOf(pod) == updateRevision ? 1 : 0;
        }
        var wanted = set.Spec.Replicas ?? 1;
        if (currentRevision != updateRevision && set.Spec.UpdateStrategy.Type != "OnDelete" && updated == wanted && replicas == wanted && ready == wanted)
        {
            // The update is through: what was the newest is the current one.
            currentRevision = updateRevision;
            current = updated;
        }
        return set.Status with
        {
            Replicas = replicas,
            ReadyReplicas = Counts.OrAbsent(ready),
            AvailableReplicas = available,
            CurrentReplicas = Counts.OrAbsent(current),
            UpdatedReplicas = Counts.OrAbsent(updated),
            CurrentRevision = currentRevision,
            UpdateRevision = updateRevision,
            CollisionCount = set.Status.CollisionCount ?? 0,
            ObservedGeneration = set.Metadata.Generation,
        };
    }
}

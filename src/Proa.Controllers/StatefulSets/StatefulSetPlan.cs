using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.StatefulSets;

/// <summary>
/// What a stateful set does next. With ordered pods it is one thing at a time: the lowest missing pod is made, and only when
/// all below are available the next; the highest goes first, and only when all others are available. Pure.
/// </summary>
/// <param name="Create">The ordinals to make, each of the current (old) or of the newest template.</param>
/// <param name="Wait">How long until a pod that is ready counts as available.</param>
internal sealed record StatefulSetPlan(IReadOnlyList<(int Ordinal, bool Newest)> Create, IReadOnlyList<Pod> Delete, TimeSpan? Wait)
{
    private static readonly StatefulSetPlan s_nothing = new([], [], null);

    public static StatefulSetPlan Of(StatefulSet set, IReadOnlyList<Pod> pods, string currentRevision, string updateRevision, DateTimeOffset now)
    {
        if (set.Metadata.DeletionTimestamp is not null)
        {
            return s_nothing;
        }
        var start = set.Spec.Ordinals?.Start ?? 0;
        var end = start + (set.Spec.Replicas ?? 1);
        var ordered = set.Spec.PodManagementPolicy != "Parallel";
        var byOrdinal = new SortedDictionary<int, Pod>();
        foreach (var pod in pods)
        {
            if (StatefulPods.Ordinal(set, pod) is { } ordinal)
            {
                byOrdinal[ordinal] = pod;
            }
        }
        var create = new List<(int, bool)>();
        var delete = new List<Pod>();
        TimeSpan? wait = null;
        for (var ordinal = start; ordinal < end; ordinal++)
        {
            if (!byOrdinal.TryGetValue(ordinal, out var pod))
            {
                create.Add((ordinal, IsNewest(set, ordinal, start, currentRevision, updateRevision)));
            }
            else if (PodFacts.IsFinished(pod) && !PodFacts.IsTerminating(pod))
            {
                // A pod that has ended is replaced, by the same name: first it goes.
                delete.Add(pod);
            }
            else if (PodFacts.IsTerminating(pod) || !PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now, out var left))
            {
                if (ordered)
                {
                    return new(create, delete, PodFacts.IsReady(pod) ? Left(pod, set, now) : null);
                }
                wait = Min(wait, PodFacts.IsReady(pod) ? Left(pod, set, now) : null);
                continue;
            }
            else
            {
                wait = Min(wait, left);
                continue;
            }
            if (ordered)
            {
                return new(create, delete, null);
            }
        }
        if (create.Count > 0 || delete.Count > 0)
        {
            return new(create, delete, wait);
        }
        return Shrink(set, byOrdinal, start, end, ordered, now) is { } shrink ? shrink with { Wait = wait } : Update(set, byOrdinal, start, end, updateRevision, now) with { Wait = wait };
    }

    /// <summary>
    /// Pods past the number go from the highest down. In order none goes while it is unhealthy, unless all below it are healthy: it
    /// may be that the others mend it, or that it would go for what ails another.
    /// </summary>
    private static StatefulSetPlan? Shrink(StatefulSet set, SortedDictionary<int, Pod> byOrdinal, int start, int end, bool ordered, DateTimeOffset now)
    {
        var condemned = byOrdinal.Where(pair => pair.Key < start || pair.Key >= end).OrderByDescending(pair => pair.Key).Select(pair => pair.Value).ToList();
        if (condemned.Count == 0)
        {
            return null;
        }
        if (!ordered)
        {
            return new([], condemned.FindAll(pod => !PodFacts.IsTerminating(pod)), null);
        }
        var next = condemned[0];
        var mayGo = IsHealthy(next) || condemned.FindLast(pod => !IsHealthy(pod)) == next;
        return PodFacts.IsTerminating(next) || !mayGo ? s_nothing : new([], [next], null);

        bool IsHealthy(Pod pod) => !PodFacts.IsTerminating(pod) && PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now);
    }

    /// <summary>Pods of an old template are replaced from the highest down, not below the partition, one unavailable at a time.</summary>
    private static StatefulSetPlan Update(StatefulSet set, SortedDictionary<int, Pod> byOrdinal, int start, int end, string updateRevision, DateTimeOffset now)
    {
        if (set.Spec.UpdateStrategy.Type == "OnDelete")
        {
            return s_nothing;
        }
        var partition = start + (set.Spec.UpdateStrategy.RollingUpdate?.Partition ?? 0);
        var budget = Math.Max(1, (set.Spec.UpdateStrategy.RollingUpdate?.MaxUnavailable ?? 1).Scaled(end - start, roundUp: true));
        var unavailable = byOrdinal.Values.Count(pod => PodFacts.IsTerminating(pod) || !PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now));
        var delete = new List<Pod>();
        for (var ordinal = end - 1; ordinal >= Math.Max(partition, start); ordinal--)
        {
            var pod = byOrdinal[ordinal];
            if (StatefulPods.RevisionOf(pod) != updateRevision && !PodFacts.IsTerminating(pod))
            {
                if (unavailable + delete.Count >= budget)
                {
                    break;
                }
                delete.Add(pod);
            }
        }
        return new([], delete, null);
    }

    private static bool IsNewest(StatefulSet set, int ordinal, int start, string currentRevision, string updateRevision)
    {
        if (currentRevision == updateRevision)
        {
            return true;
        }
        // While an update is under way, the pods below the partition, or that it has not reached, stay of the old template.
        return set.Spec.UpdateStrategy.RollingUpdate is null
            ? ordinal >= start + (set.Status.CurrentReplicas ?? 0)
            : ordinal >= start + (set.Spec.UpdateStrategy.RollingUpdate.Partition ?? 0);
    }

    private static TimeSpan? Left(Pod pod, StatefulSet set, DateTimeOffset now)
    {
        PodFacts.IsAvailable(pod, set.Spec.MinReadySeconds ?? 0, now, out var wait);
        return wait;
    }

    private static TimeSpan? Min(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b ?? a : a;
}

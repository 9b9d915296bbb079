namespace Proa.Controllers.Deployments;

/// <summary>
/// How a deployment moves from its old replica sets to the new one. Pure: what stands goes in, what to scale comes out; an
/// empty answer is to wait. The rules are the original's (<c>pkg/controller/deployment</c>).
/// </summary>
internal static class Rollout
{
    /// <summary>How many pods the new set is to have, given all sets (itself too, once it exists).</summary>
    public static int NewSetReplicas(RolloutSpec spec, IReadOnlyList<RolloutSet> all, int current)
    {
        if (spec.Recreate)
        {
            return spec.Replicas;
        }
        var room = spec.MaxTotal - all.Sum(set => set.Spec);
        return room <= 0 ? current : current + Math.Min(room, spec.Replicas - current);
    }

    /// <summary>The next steps of a rolling update: first the new set up, and only when that has nothing to do the old ones down.</summary>
    public static IReadOnlyList<RolloutStep> Roll(RolloutSpec spec, RolloutSet fresh, IReadOnlyList<RolloutSet> old)
    {
        var next = fresh.Spec > spec.Replicas ? spec.Replicas : NewSetReplicas(spec, [.. old, fresh], fresh.Spec);
        return next != fresh.Spec ? [new(fresh.Name, next)] : ScaleDownOld(spec, fresh, old);
    }

    /// <summary>All old sets to zero.</summary>
    public static IReadOnlyList<RolloutStep> StopOld(IReadOnlyList<RolloutSet> old) =>
        [.. old.Where(set => set.Spec > 0).Select(set => new RolloutStep(set.Name, 0))];

    /// <summary>
    /// What to do when the deployment was scaled, or is paused: the one active set takes the number; old sets end when the new
    /// one is saturated; and in the middle of a rolling update the difference is spread over the sets by their sizes.
    /// </summary>
    public static IReadOnlyList<RolloutStep> Scale(RolloutSpec spec, RolloutSet? fresh, IReadOnlyList<RolloutSet> old)
    {
        var active = old.Where(set => set.Spec > 0).ToList();
        if (fresh is { Spec: > 0 })
        {
            active.Add(fresh);
        }
        if (active.Count <= 1)
        {
            var only = active.Count == 1 ? active[0] : fresh ?? old.MaxBy(set => set.Created);
            return only is null || only.Spec == spec.Replicas ? [] : [new(only.Name, spec.Replicas)];
        }
        if (fresh is not null && fresh.Spec == spec.Replicas && fresh.DesiredThen == spec.Replicas && fresh.Available == spec.Replicas)
        {
            return StopOld(old);
        }
        return spec.Recreate ? [] : Spread(spec, active);
    }

    private static List<RolloutStep> ScaleDownOld(RolloutSpec spec, RolloutSet fresh, IReadOnlyList<RolloutSet> old)
    {
        var total = old.Sum(set => set.Spec);
        // Pods of the new set that are not available yet count as missing: each old pod that goes must be spared by one that serves.
        var spare = total + fresh.Spec - spec.MinAvailable - (fresh.Spec - fresh.Serving);
        if (total == 0 || spare <= 0)
        {
            return [];
        }
        var oldestFirst = old.OrderBy(set => set.Created).ThenBy(set => set.Name, StringComparer.Ordinal).ToList();
        var left = oldestFirst.ToDictionary(set => set.Name, set => set.Spec, StringComparer.Ordinal);

        // Pods that do not serve go first; they cost nobody anything.
        foreach (var set in oldestFirst)
        {
            var broken = Math.Min(spare, set.Spec - set.Serving);
            left[set.Name] -= broken;
            spare -= broken;
        }
        var mayStop = old.Sum(set => set.Serving) + fresh.Serving - spec.MinAvailable;
        foreach (var set in oldestFirst)
        {
            var stop = Math.Clamp(mayStop, 0, left[set.Name]);
            left[set.Name] -= stop;
            mayStop -= stop;
        }
        return [.. oldestFirst.Where(set => left[set.Name] != set.Spec).Select(set => new RolloutStep(set.Name, left[set.Name]))];
    }

    private static List<RolloutStep> Spread(RolloutSpec spec, List<RolloutSet> active)
    {
        var total = active.Sum(set => set.Spec);
        var toAdd = (spec.Replicas > 0 ? spec.MaxTotal : 0) - total;
        // The largest first, and of equals the newest when growing, the oldest when shrinking: leftovers go to the first.
        var sorted = toAdd > 0
            ? active.OrderByDescending(set => set.Spec).ThenByDescending(set => set.Created).ToList()
            : active.OrderByDescending(set => set.Spec).ThenBy(set => set.Created).ToList();
        var sizes = new int[sorted.Count];
        var added = 0;
        for (var i = 0; i < sorted.Count; i++)
        {
            var share = toAdd == 0 || sorted[i].Spec == 0 ? 0 : Fraction(spec, sorted[i], total);
            share = toAdd > 0 ? Math.Min(share, toAdd - added) : Math.Max(share, toAdd - added);
            sizes[i] = sorted[i].Spec + share;
            added += share;
        }
        sizes[0] = Math.Max(0, sizes[0] + toAdd - added);
        var steps = new List<RolloutStep>();
        for (var i = 0; i < sorted.Count; i++)
        {
            // Also a step without a change of size: it records the new bounds on the set.
            steps.Add(new(sorted[i].Name, sizes[i]));
        }
        return steps;
    }

    private static int Fraction(RolloutSpec spec, RolloutSet set, int total)
    {
        if (spec.Replicas == 0)
        {
            return -set.Spec;
        }
        var before = set.MaxReplicasThen is > 0 ? set.MaxReplicasThen.Value : total;
        return (int)Math.Round((double)set.Spec * spec.MaxTotal / before, MidpointRounding.AwayFromZero) - set.Spec;
    }
}

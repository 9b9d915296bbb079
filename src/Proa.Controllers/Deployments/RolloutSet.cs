namespace Proa.Controllers.Deployments;

/// <summary>One replica set, as far as a rollout decides by it.</summary>
/// <param name="Spec">How many pods it is to have.</param>
/// <param name="Available">How many of its pods are available, by its status, which may be behind.</param>
/// <param name="MaxReplicasThen">The deployment's replicas and surge when the set was last scaled; null when not known.</param>
internal sealed record RolloutSet(string Name, int Spec, int Available, DateTimeOffset Created)
{
    /// <summary>
    /// How many will be available once the set has its number: its status may still count pods that it is about to stop, and
    /// to count on those again would stop too many.
    /// </summary>
    public int Serving => Math.Min(Available, Spec);

    public int? MaxReplicasThen { get; init; }

    /// <summary>The deployment's replicas when the set was last scaled.</summary>
    public int? DesiredThen { get; init; }
}

/// <summary>An order: this set, so many pods.</summary>
internal readonly record struct RolloutStep(string Set, int Replicas);

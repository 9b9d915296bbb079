namespace Proa.Controllers.Deployments;

/// <summary>One replica set, as far as a rollout decides by it.</summary>
/// <param name="Spec">How many pods it is to have.</param>
/// <param name="Available">How many of its pods are available.</param>
/// <param name="MaxReplicasThen">The deployment's replicas and surge when the set was last scaled; null when not known.</param>
internal sealed record RolloutSet(string Name, int Spec, int Available, DateTimeOffset Created)
{
    public int? MaxReplicasThen { get; init; }

    /// <summary>The deployment's replicas when the set was last scaled.</summary>
    public int? DesiredThen { get; init; }
}

/// <summary>An order: this set, so many pods.</summary>
internal readonly record struct RolloutStep(string Set, int Replicas);

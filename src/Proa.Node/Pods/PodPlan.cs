namespace Proa.Node.Pods;

/// <summary>What is to be done for a pod next, decided by <see cref="PodPlanner"/>.</summary>
internal sealed record PodPlan
{
    /// <summary>Everything ends: stop what runs, then the sandbox.</summary>
    public bool KillPod { get; init; }

    /// <summary>After what runs in an older sandbox was stopped: make a sandbox with this attempt.</summary>
    public int? NewSandboxAttempt { get; init; }

    public IReadOnlyList<ContainerKill> Kills { get; init; } = [];

    /// <summary>To be started, each for itself: one that fails does not hold the others.</summary>
    public IReadOnlyList<PodContainer> Starts { get; init; } = [];
}

/// <param name="Message">The Killing Event's.</param>
internal sealed record ContainerKill(ContainerRecord Container, string Message);

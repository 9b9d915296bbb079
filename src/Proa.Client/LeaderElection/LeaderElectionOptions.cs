namespace Proa.Client.LeaderElection;

/// <summary>How one candidate stands for one lease. The lengths of time are the original's.</summary>
/// <param name="Name">The lease, such as <c>kube-scheduler</c>.</param>
/// <param name="Identity">The candidate, such as <c>host_UUID</c>; no two that run at once may share it.</param>
public sealed record LeaderElectionOptions(string Name, string Identity)
{
    public string Namespace { get; init; } = "kube-system";

    /// <summary>
    /// Holders that are known to be gone, such as this data directory's earlier processes: what they hold is taken over at once.
    /// </summary>
    public IReadOnlyCollection<string> FormerIdentities { get; init; } = [];

    /// <summary>How long others wait, by their own clock, from the last renewal that they saw.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last renewal a leader that cannot renew stops; shorter than the lease, so that it ends first.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

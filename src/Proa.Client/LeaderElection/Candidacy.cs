using Proa.Api.Models.Coordination;

namespace Proa.Client.LeaderElection;

/// <summary>
/// What one candidate knows of the lease, and what it may write. Pure and immutable: moments come from the caller. <c>now</c> is a
/// reading of this machine's monotonic clock; wall clocks are written for people to read and never compared, since machines
/// disagree about them. A renewal counts from when this candidate first saw it.
/// </summary>
/// <remarks>The rules are those of <c>k8s.io/client-go/tools/leaderelection</c>.</remarks>
internal sealed record Candidacy(LeaderElectionOptions Options)
{
    private TimeSpan _seenAt;
    private TimeSpan _renewedAt;

    /// <summary>The last lease that was read or written; null: none is known.</summary>
    public Lease? Seen { get; private init; }

    public string Holder => Seen?.Spec.HolderIdentity ?? "";

    public bool IsHolder => Seen is not null && Holder == Options.Identity;

    /// <summary>
    /// When a holder that cannot renew must have stopped. Counted from when its last renewal was begun: others saw it no earlier.
    /// </summary>
    public TimeSpan Deadline => _renewedAt + Options.RenewDeadline;

    /// <summary>After a look at what stands now.</summary>
    /// <param name="lease">Null: there is none.</param>
    public Candidacy See(Lease? lease, TimeSpan now) => this with
    {
        Seen = lease,
        _seenAt = lease is not null && Seen is not null && Seen.Spec == lease.Spec && Seen.Metadata.Uid == lease.Metadata.Uid ? _seenAt : now,
    };

    /// <summary>What to write to become or stay the leader; null: another holds the lease. Without a resourceVersion: to create.</summary>
    public Lease? Attempt(TimeSpan now, DateTimeOffset wall)
    {
        var before = Seen?.Spec;
        if (before is null)
        {
            return new() { Metadata = new() { Namespace = Options.Namespace, Name = Options.Name }, Spec = Mine(wall, wall, 0) };
        }
        var others = Holder.Length > 0 && !IsHolder;
        if (others && !Options.FormerIdentities.Contains(Holder) && now < _seenAt + TimeSpan.FromSeconds(before.LeaseDurationSeconds ?? 0))
        {
            return null;
        }
        var transitions = before.LeaseTransitions ?? 0;
        return Seen! with
        {
            Spec = IsHolder
                ? Mine(before.AcquireTime ?? wall, wall, transitions) with { Strategy = before.Strategy, PreferredHolder = before.PreferredHolder }
                : Mine(wall, wall, transitions + 1) with { Strategy = before.Strategy, PreferredHolder = before.PreferredHolder },
        };
    }

    /// <summary>After an attempt that succeeded.</summary>
    /// <param name="begun">When it was sent.</param>
    public Candidacy Won(Lease written, TimeSpan begun) => this with { Seen = written, _seenAt = begun, _renewedAt = begun };

    /// <summary>What gives the lease up, so that another need not wait for its end.</summary>
    public Lease Release(DateTimeOffset wall) => Seen! with
    {
        Spec = Seen!.Spec with { HolderIdentity = "", LeaseDurationSeconds = 1, RenewTime = wall, AcquireTime = wall },
    };

    private LeaseSpec Mine(DateTimeOffset acquired, DateTimeOffset renewed, int transitions) => new()
    {
        HolderIdentity = Options.Identity,
        LeaseDurationSeconds = (int)Options.LeaseDuration.TotalSeconds,
        AcquireTime = acquired,
        RenewTime = renewed,
        LeaseTransitions = transitions,
    };
}

using Proa.Api.Models.Coordination;
using Proa.Client.LeaderElection;

namespace Proa.Client.Tests.LeaderElection;

/// <summary>The rules alone, with clocks that the tests make up.</summary>
public sealed class CandidacyTests
{
    private static readonly DateTimeOffset s_wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Attempt_NoLease_CreatesTheOriginalsRecord()
    {
        var made = Of("a").See(null, Seconds(5)).Attempt(Seconds(5), s_wall)!;
        Assert.Equal(("kube-system", "kube-scheduler", ""), (made.Metadata.Namespace, made.Metadata.Name, made.Metadata.ResourceVersion ?? ""));
        Assert.Equal(
            new LeaseSpec { HolderIdentity = "a", LeaseDurationSeconds = 15, LeaseTransitions = 0, AcquireTime = s_wall, RenewTime = s_wall }, made.Spec);
    }

    [Fact]
    public void Attempt_AnotherHoldsIt_WaitsByItsOwnClockWhateverTheWallClocksSay()
    {
        // Renewed a year ago by the holder's clock: that says nothing.
        var held = Held("b", s_wall.AddYears(-1), transitions: 4);
        var candidate = Of("a").See(held, Seconds(100));
        Assert.Null(candidate.Attempt(Seconds(114.9), s_wall));
        // The same record again does not count as a renewal.
        candidate = candidate.See(held, Seconds(114.9));
        var taken = candidate.Attempt(Seconds(115), s_wall)!;
        Assert.Equal(("a", 5, s_wall), (taken.Spec.HolderIdentity, taken.Spec.LeaseTransitions, taken.Spec.AcquireTime));
        Assert.Equal("7", taken.Metadata.ResourceVersion);
        // A renewal does, even one whose time lies in the past.
        candidate = candidate.See(Held("b", s_wall.AddYears(-2), 4), Seconds(114.9));
        Assert.Null(candidate.Attempt(Seconds(120), s_wall));
    }

    [Fact]
    public void Attempt_HeldByAFormerSelf_TakesItAtOnce()
    {
        var candidate = new Candidacy(new("kube-scheduler", "new") { FormerIdentities = ["old"] }).See(Held("old", s_wall, 0), Seconds(1));
        Assert.Equal(("new", 1), (candidate.Attempt(Seconds(1), s_wall)!.Spec.HolderIdentity, candidate.Attempt(Seconds(1), s_wall)!.Spec.LeaseTransitions));
    }

    [Fact]
    public void Attempt_Released_TakesItAtOnce()
    {
        var mine = Of("a").Won(Held("a", s_wall, 3), Seconds(1));
        var released = mine.Release(s_wall.AddSeconds(9));
        Assert.Equal(("", 1, 3), (released.Spec.HolderIdentity, released.Spec.LeaseDurationSeconds, released.Spec.LeaseTransitions));
        Assert.Equal(4, Of("b").See(released, Seconds(2)).Attempt(Seconds(2), s_wall)!.Spec.LeaseTransitions);
    }

    [Fact]
    public void Attempt_OwnLease_KeepsWhenItWasAcquired()
    {
        var again = Of("a").Won(Held("a", s_wall, 3), Seconds(1)).Attempt(Seconds(3), s_wall.AddSeconds(2))!;
        Assert.Equal((s_wall, s_wall.AddSeconds(2), 3), (again.Spec.AcquireTime, again.Spec.RenewTime, again.Spec.LeaseTransitions));
    }

    /// <summary>
    /// Candidates with clocks that disagree, requests that fail, hang, or succeed without an answer, candidates that die and
    /// return: never do two lead at once, and where all is well for a while somebody leads.
    /// </summary>
    [Fact]
    public void Rules_RandomHistories_NeverTwoLeaders()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            new Simulation(seed).Run();
        }
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Candidacy Of(string identity) => new(new("kube-scheduler", identity));

    private static Lease Held(string holder, DateTimeOffset renewed, int transitions) => new()
    {
        Metadata = new() { Namespace = "kube-system", Name = "kube-scheduler", Uid = "u", ResourceVersion = "7" },
        Spec = new() { HolderIdentity = holder, LeaseDurationSeconds = 15, LeaseTransitions = transitions, AcquireTime = renewed, RenewTime = renewed },
    };

    private sealed class Simulation(int seed)
    {
        private readonly Random _random = new(seed);
        private Lease? _stored;
        private int _revision;
        private TimeSpan _now;

        public void Run()
        {
            var actors = Enumerable.Range(0, 3).Select(i => new Actor(
                $"c{i}", TimeSpan.FromHours(_random.Next(1000)), TimeSpan.FromDays(_random.Next(-400, 400)), TimeSpan.FromSeconds(_random.NextDouble() * 2))).ToList();
            var quiet = TimeSpan.Zero;
            while (_now < TimeSpan.FromMinutes(20))
            {
                // Trouble comes and goes: three minutes of it, two without.
                var trouble = _now.TotalMinutes % 5 < 3;
                quiet = trouble ? TimeSpan.Zero : quiet + TimeSpan.FromSeconds(0.25);
                _now += TimeSpan.FromSeconds(0.25);
                foreach (var actor in actors)
                {
                    Step(actor, trouble);
                }
                var leaders = actors.Where(actor => actor.Leads && _now < actor.Deadline).ToList();
                Assert.True(leaders.Count <= 1, $"seed {seed}, {_now}: {string.Join(", ", leaders.Select(leader => leader.Name))} lead");
                Assert.True(quiet < TimeSpan.FromSeconds(20) || leaders.Count == 1, $"seed {seed}, {_now}: nobody leads");
            }
        }

        private void Step(Actor actor, bool trouble)
        {
            if (actor.Leads && _now >= actor.Deadline)
            {
                actor.Leads = false;
            }
            if (trouble && _random.Next(400) == 0)
            {
                // It dies, and another process comes in its place, which knows nothing.
                actor.Restart();
            }
            if (_now < actor.Next)
            {
                return;
            }
            var silent = trouble && _random.Next(3) == 0;
            actor.Next = _now + TimeSpan.FromSeconds(2 + (_random.NextDouble() * 0.4) + (silent ? _random.Next(9) : 0));
            if (silent && _random.Next(2) == 0)
            {
                return;
            }
            var clock = _now + actor.Monotonic;
            actor.State = actor.State.See(_stored, clock);
            if (actor.State.Attempt(clock, CandidacyTests.s_wall + _now + actor.Wall) is not { } write)
            {
                actor.Leads = false;
                return;
            }
            if ((write.Metadata.ResourceVersion ?? "") != (_stored?.Metadata.ResourceVersion ?? ""))
            {
                return;
            }
            _stored = write with { Metadata = write.Metadata with { Uid = "u", ResourceVersion = (++_revision).ToString(System.Globalization.CultureInfo.InvariantCulture) } };
            // Silent: it was written, but the writer never hears of it.
            if (!silent)
            {
                actor.State = actor.State.Won(_stored, clock);
                actor.Leads = true;
            }
        }
    }

    private sealed class Actor(LeaderElectionOptions options, TimeSpan monotonic, TimeSpan wall, TimeSpan next)
    {
        private int _lives;

        public Actor(string name, TimeSpan monotonic, TimeSpan wall, TimeSpan next)
            : this(new LeaderElectionOptions("kube-scheduler", name), monotonic, wall, next)
        {
        }

        public string Name { get; } = options.Identity;

        public TimeSpan Monotonic { get; } = monotonic;

        public TimeSpan Wall { get; } = wall;

        public TimeSpan Next { get; set; } = next;

        public Candidacy State { get; set; } = new(options);

        public bool Leads { get; set; }

        /// <summary>On the simulation's clock.</summary>
        public TimeSpan Deadline => State.Deadline - Monotonic;

        public void Restart()
        {
            var former = $"{Name}-{_lives}";
            State = new(options with { Identity = $"{Name}-{++_lives}", FormerIdentities = [Name, former] });
            Leads = false;
        }
    }
}

using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Models.Coordination;
using Proa.Api.Models.Core;
using Proa.Client.Events;
using Proa.Client.LeaderElection;
using Proa.Testing;

namespace Proa.Client.Tests.LeaderElection;

/// <summary>
/// Candidates over a real API server, with leases short enough to wait for their ends. How long anything takes decides nothing:
/// what is checked is the order of what happens.
/// </summary>
public sealed class LeaderElectorTests : IAsyncLifetime
{
    private readonly Channel<string> _told = Channel.CreateUnbounded<string>();
    private readonly List<Candidate> _candidates = [];
    private readonly CancellationTokenSource _late = new(TimeSpan.FromSeconds(90), TimeProvider.System);
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync(new() { Controllers = "namespace" });

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
        {
            candidate.Client.Mend();
            await candidate.StopAsync();
        }
        await _cluster.DisposeAsync();
        _late.Dispose();
    }

    [Fact]
    public async Task RunAsync_CleanStop_ReleasesTheLease_AndTheOtherLeads()
    {
        var a = Start("a");
        await TellsAsync("a leads");
        var first = (await LeaseAsync()).Spec;
        Assert.Equal(("a", 1, 0), (first.HolderIdentity, first.LeaseDurationSeconds, first.LeaseTransitions));
        Start("b");
        await a.StopAsync();
        await TellsAsync("a stopped");
        await TellsAsync("b leads");
        Assert.True((await LeaseAsync()).Spec is { HolderIdentity: "b", LeaseTransitions: >= 1 });
    }

    [Fact]
    public async Task RunAsync_TheHolderDied_TheOtherLeadsWhenTheLeaseHasEnded()
    {
        // A process that was killed: its lease stays, nobody renews it.
        await _cluster.Client.CreateAsync(HeldBy("dead"), _late.Token);
        Start("b");
        await TellsAsync("b leads");
        Assert.Equal(1, (await LeaseAsync()).Spec.LeaseTransitions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ApiUnreachable_StopsBeforeTheOtherLeads(bool hangs)
    {
        var a = Start("a");
        await TellsAsync("a leads");
        Start("b");
        if (hangs)
        {
            a.Client.Hang();
        }
        else
        {
            a.Client.Fail();
        }
        await TellsAsync("a stopped");
        await TellsAsync("b leads");
        // Back again it stands by; and leads anew once the other goes.
        a.Client.Mend();
        await _candidates[1].StopAsync();
        await TellsAsync("b stopped");
        await TellsAsync("a leads");
    }

    [Fact]
    public async Task RunAsync_LeaseTakenAway_StopsWhatRuns()
    {
        Start("a");
        await TellsAsync("a leads");
        await _cluster.Client.ModifyAsync<Lease>("kube-system", "test", lease => lease with { Spec = lease.Spec with { HolderIdentity = "x", LeaseDurationSeconds = 1000 } }, _late.Token);
        await TellsAsync("a stopped");
        Assert.Equal("x", (await LeaseAsync()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task RunAsync_HeldByAFormerSelf_LeadsWithoutWaiting()
    {
        // It would take a thousand seconds otherwise.
        var held = HeldBy("before");
        await _cluster.Client.CreateAsync(held with { Spec = held.Spec with { LeaseDurationSeconds = 1000 } }, _late.Token);
        Start("a", "before");
        await TellsAsync("a leads");
    }

    [Fact]
    public async Task RunAsync_Terms_AreToldAsEvents()
    {
        var a = Start("a");
        await TellsAsync("a leads");
        await a.StopAsync();
        var told = new List<Event>();
        await foreach (var (_, e) in _cluster.Client.WatchAsync<Event>("kube-system", new WatchOptions(), _late.Token))
        {
            if (e.Reason == "LeaderElection")
            {
                told.Add(e);
            }
            if (told.Count == 2)
            {
                break;
            }
        }
        Assert.Equal(["a became leader", "a stopped leading"], told.Select(e => e.Message));
        Assert.All(told, e => Assert.Equal(
            ("Normal", "Lease", "coordination.k8s.io/v1", "test", "kube-test"), (e.Type, e.InvolvedObject.Kind, e.InvolvedObject.ApiVersion, e.InvolvedObject.Name, e.Source.Component)));
    }

    [Fact]
    public async Task RunAsync_WhatRunsFails_EndsWithItsErrorAndReleases()
    {
        var elector = new LeaderElector(Options("a"), _cluster.Client, new EventRecorder(_cluster.Client, new("t"), _cluster.Clock, NullLogger.Instance), _cluster.Clock, new Random(1), NullLogger.Instance);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => elector.RunAsync(_ => throw new InvalidDataException("broken"), _late.Token));
        Assert.Equal("broken", error.Message);
        Assert.Equal("", (await LeaseAsync()).Spec.HolderIdentity ?? "");
        Assert.False(elector.Leads);
    }

    private static LeaderElectionOptions Options(string name, params string[] former) => new("test", name)
    {
        FormerIdentities = former,
        LeaseDuration = TimeSpan.FromSeconds(1),
        RenewDeadline = TimeSpan.FromSeconds(0.7),
        RetryPeriod = TimeSpan.FromSeconds(0.1),
    };

    private static Lease HeldBy(string holder) => new()
    {
        Metadata = new() { Namespace = "kube-system", Name = "test" },
        Spec = new() { HolderIdentity = holder, LeaseDurationSeconds = 1, LeaseTransitions = 0, AcquireTime = DateTimeOffset.UnixEpoch, RenewTime = DateTimeOffset.UnixEpoch },
    };

    private Candidate Start(string name, params string[] former)
    {
        var candidate = new Candidate(Options(name, former), _cluster, _told.Writer);
        _candidates.Add(candidate);
        return candidate;
    }

    private async Task<Lease> LeaseAsync() => (await _cluster.Client.GetAsync<Lease>("kube-system", "test", _late.Token)).Value;

    /// <summary>Waits for it; where the machine stood still for a lease's length, more may have happened before.</summary>
    private async Task TellsAsync(string expected)
    {
        while (await _told.Reader.ReadAsync(_late.Token) != expected)
        {
            // Something before it.
        }
    }

    private sealed class Candidate
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _electing;

        public Candidate(LeaderElectionOptions options, TestCluster cluster, ChannelWriter<string> told)
        {
            Client = new BreakableClient(cluster.Client);
            var events = new EventRecorder(cluster.Client, new("kube-test"), cluster.Clock, NullLogger.Instance);
            _ = events.RunAsync(cluster.Stopping);
            var elector = new LeaderElector(options, Client, events, cluster.Clock, new Random(1), NullLogger.Instance);
            _electing = Task.Run(() => elector.RunAsync(
                async ct =>
                {
                    told.TryWrite($"{options.Identity} leads");
                    var stopped = new TaskCompletionSource();
                    await using var _ = ct.Register(stopped.SetResult);
                    await stopped.Task;
                    told.TryWrite($"{options.Identity} stopped");
                },
                _stop.Token));
        }

        public BreakableClient Client { get; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _electing;
        }
    }
}

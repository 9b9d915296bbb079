using System.Diagnostics;
using Proa.Store.Tests.Durability;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// Two server processes write to and watch one etcd while members and servers are killed with SIGKILL or cut off by their link, and the
/// servers are killed at the end of each round: see <see cref="EtcdCrashRecord"/> for what must hold.
/// </summary>
public sealed class EtcdCrashTests(ITestOutputHelper output)
{
    /// <summary>Set to run more rounds, with another seed each time.</summary>
    private const string RoundsVariable = "PROA_CRASH_ROUNDS";
    private const int Members = 3;
    private const int Servers = 2;

    // No round takes longer, unless writes have stopped for good.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private enum Harm
    {
        MemberKilled,
        MemberCut,
        ServerCut,
        ServerKilled,
        MajorityCut,
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MembersAndServersKilledAndCutOff_NothingAcknowledgedIsLost()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "network namespaces need root");
        var rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), out var asked) ? asked : 5;
        var seed = asked > 0 ? Environment.TickCount : 4711;
        var random = new Random(seed);
        using var network = new EtcdNetwork(Members + Servers);
        await using var cluster = new EtcdCluster(Members) { Network = network };
        await cluster.InitializeAsync();
        var options = EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix());
        using var history = await EtcdHistory.OpenAsync(options);
        var record = new EtcdCrashRecord();
        var expected = new Dictionary<(string Resource, string Name), (long Revision, string State)>();
        long revision = 0;
        for (var number = 0; number < rounds; number++)
        {
            var harm = (Harm)(number % Enum.GetValues<Harm>().Length);
            var round = new Round(cluster, network, options.Prefix, seed + (4 * number), harm, random);
            var said = await round.RunAsync();
            await Task.WhenAll(cluster.Members.Select(static member => member.Ready)).WaitAsync(s_patience, Ct);
            await using var store = await EtcdStores.OpenAsync(options);
            var (changes, until) = await history.AfterAsync(revision);
            var wrong = record.Check(said, changes);
            Assert.True(wrong is null, $"seed {seed}, round {number}, {harm}: {wrong}");
            foreach (var change in changes)
            {
                expected[(change.Resource, change.Name)] = (change.Revision, change.State);
            }
            Assert.Null(await store.ReadBarrierAsync(Ct));
            Assert.Equal(
                expected.Where(static item => item.Value.State != EtcdChange.Gone).ToDictionary(),
                new[] { Maps, "secrets" }.SelectMany(resource => store.List(resource, null, until)!.Items)
                    .ToDictionary(static obj => (obj.Key.Resource, obj.Key.Name), static obj => (obj.Revision, Value(obj))));
            revision = until;
            output.WriteLine(
                $"round {number}, {harm}: in all {record.Acknowledged} acknowledged, {record.Refused} refused, {record.Open} not known, "
                + $"{record.Happened.Unheard} done unheard and {record.Happened.Late} of them late, {record.Reads} reads, revision {revision}");
        }
        Assert.True(record.Acknowledged > 0 && record.Reads > 0);
    }

    /// <summary>Servers at work; then harm, and work under it; then it is mended, and after some more work all servers are killed.</summary>
    private sealed class Round
    {
        private readonly EtcdCluster _cluster;
        private readonly EtcdNetwork _network;
        private readonly string _prefix;
        private readonly Harm _harm;
        private readonly int _lines;
        private readonly bool _untilOpen;
        private readonly int[] _victims;
        private readonly List<Process> _servers = [];
        private readonly List<Task<List<string>>> _said = [];
        private readonly SemaphoreSlim _turn = new(1);
        private int _seed;
        private int _count;
        private int _speaking;
        private int _harmed;
        private int _mended;

        public Round(EtcdCluster cluster, EtcdNetwork network, string prefix, int seed, Harm harm, Random random)
        {
            (_cluster, _network, _prefix, _seed, _harm) = (cluster, network, prefix, seed, harm);
            _lines = random.Next(600, 2000);
            // Without a majority nothing else is said.
            _untilOpen = harm == Harm.MajorityCut || (harm == Harm.ServerCut && random.Next(2) == 0);
            var first = random.Next(harm is Harm.ServerCut or Harm.ServerKilled ? Servers : Members);
            _victims = harm switch
            {
                Harm.ServerCut => [Members + first],
                Harm.MajorityCut => [first, (first + 1) % Members],
                _ => [first],
            };
        }

        /// <returns>What each server said.</returns>
        public async Task<List<List<string>>> RunAsync()
        {
            try
            {
                await _turn.WaitAsync(Ct);
                for (var i = 0; i < Servers; i++)
                {
                    Start(i);
                }
                _turn.Release();
                // One more may be started meanwhile, before the one in whose place it is ends.
                var said = new List<List<string>>();
                for (var i = 0; i < _said.Count; i++)
                {
                    said.Add(await _said[i]);
                }
                return said;
            }
            finally
            {
                KillAll();
                _servers.ForEach(static server => server.Dispose());
            }
        }

        private void Start(int host)
        {
            var endpoints = string.Join(",", _cluster.Endpoints.Skip(host).Concat(_cluster.Endpoints.Take(host)));
            string[] command =
                [.. _network.Enter(Members + host), Environment.ProcessPath!, CrashChild.EtcdArgument, endpoints, _prefix, $"{_seed++}", $"{host}"];
            var server = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
            _servers.Add(server);
            _said.Add(ReadAsync(server));
        }

        private async Task<List<string>> ReadAsync(Process server)
        {
            var lines = new List<string>();
            while (await server.StandardOutput.ReadLineAsync(Ct).AsTask().WaitAsync(s_patience) is { } line)
            {
                lines.Add(line);
                await _turn.WaitAsync(Ct);
                // One that is cut off before it has opened its store would have nothing to say.
                _speaking += lines.Count == 1 ? 1 : 0;
                await HeardAsync(line);
                _turn.Release();
            }
            await server.WaitForExitAsync(Ct);
            Assert.Equal(128 + 9, server.ExitCode);
            return lines;
        }

        private async Task HeardAsync(string line)
        {
            _count++;
            if (_harmed == 0 && _count >= _lines && _speaking == Servers)
            {
                _harmed = _count;
                await HarmAsync();
            }
            else if (_harmed > 0 && _mended == 0 && IsEnough(line))
            {
                _mended = _count;
                Mend();
            }
            else if (_mended > 0 && _count == _mended + (2 * _lines))
            {
                KillAll();
            }
        }

        private bool IsEnough(string line) =>
            _untilOpen ? line.StartsWith("open", StringComparison.Ordinal) || line.StartsWith("refuse", StringComparison.Ordinal) : _count >= _harmed + (2 * _lines);

        private async Task HarmAsync()
        {
            switch (_harm)
            {
                case Harm.MemberKilled:
                    await _cluster.Members[_victims[0]].KillAsync();
                    break;
                case Harm.ServerKilled:
                    _servers[_victims[0]].Kill();
                    Start(_victims[0]);
                    break;
                default:
                    Array.ForEach(_victims, _network.Cut);
                    break;
            }
        }

        private void Mend()
        {
            if (_harm == Harm.MemberKilled)
            {
                _cluster.Members[_victims[0]].Start();
            }
            else if (_harm != Harm.ServerKilled)
            {
                Array.ForEach(_victims, _network.Mend);
            }
        }

        private void KillAll() => _servers.ForEach(static server => server.Kill());
    }
}

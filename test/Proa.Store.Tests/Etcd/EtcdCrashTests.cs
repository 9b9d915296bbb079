using System.Diagnostics;
using Proa.Store.Tests.Durability;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// Two server processes write to and watch one etcd while members are killed with SIGKILL or cut off, and the servers are killed
/// at the end of each round: see <see cref="CrashLog"/> for what must hold, across both.
/// </summary>
public sealed class EtcdCrashTests
{
    /// <summary>Set to run more rounds, with another seed each time.</summary>
    private const string RoundsVariable = "PROA_CRASH_ROUNDS";
    private const int Servers = 2;

    // The kernel sends again for up to a minute or two; a round takes seconds.
    private const int RoundsOfRetries = 10;

    // No round takes longer, unless writes have stopped for good.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task MembersAndServersKilledAndCutOff_NothingAcknowledgedIsLost()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "network namespaces need root");
        var rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), out var asked) ? asked : 4;
        var seed = asked > 0 ? Environment.TickCount : 4711;
        var random = new Random(seed);
        using var network = new EtcdNetwork(3);
        await using var cluster = new EtcdCluster(3) { Network = network };
        await cluster.InitializeAsync();
        var prefix = EtcdStores.NewPrefix();
        Dictionary<(string Resource, string Name), (long Revision, string State)> durable = [];
        long revision = 0;
        var earlier = new List<CrashLog>();
        for (var round = 0; round < rounds; round++)
        {
            var member = random.Next(3);
            // One is killed, the next is cut off.
            Func<Task> harm = round % 2 == 0 ? cluster.Members[member].KillAsync : () => Task.Run(() => network.Cut(member));
            Func<Task> mend = round % 2 == 0
                ? () => Task.Run(cluster.Members[member].Start)
                : () => Task.Run(() => network.Mend(member));
            var log = await RunUntilKilledAsync(cluster, prefix, seed + (2 * round), random.Next(300, 900), harm, mend);
            await cluster.Members[member].Ready.WaitAsync(s_patience, TestContext.Current.CancellationToken);
            await using var store = await EtcdStores.OpenAsync(EtcdStores.Options(cluster.Endpoints, prefix));
            Assert.Null(await store.ReadBarrierAsync(TestContext.Current.CancellationToken));
            var found = new[] { Maps, "secrets" }.SelectMany(resource => store.List(resource, null)!.Items)
                .ToDictionary(obj => (obj.Key.Resource, obj.Key.Name), obj => (obj.Revision, State: Value(obj)));
            earlier.TakeLast(RoundsOfRetries).ToList().ForEach(log.MayStillCome);
            earlier.Add(log);
            var wrong = log.Check(durable, revision, found, store.Revision);
            Assert.True(wrong is null, $"seed {seed}, round {round}: {wrong}");
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"round {round}: {log.Acknowledged} acknowledged, {log.Refused} refused, {log.Open} not known, revision {store.Revision}");
            durable = found;
            revision = store.Revision;
        }
    }

    /// <param name="lines">What the first server says before the member is harmed; twice as much after it, and after it is mended.</param>
    private static async Task<CrashLog> RunUntilKilledAsync(
        EtcdCluster cluster, string prefix, int seed, int lines, Func<Task> harm, Func<Task> mend)
    {
        var servers = new List<Process>();
        try
        {
            for (var i = 0; i < Servers; i++)
            {
                var endpoints = string.Join(",", cluster.Endpoints.Skip(i).Concat(cluster.Endpoints.Take(i)));
                servers.Add(Process.Start(new ProcessStartInfo(
                    Environment.ProcessPath!, [CrashChild.EtcdArgument, endpoints, prefix, $"{seed + i}", $"{i}"])
                { RedirectStandardOutput = true })!);
            }
            var others = servers.Skip(1).Select(static server => ReadAsync(server, new List<string>(), static _ => Task.CompletedTask)).ToList();
            var said = await ReadAsync(servers[0], new List<string>(), async count =>
            {
                if (count == lines)
                {
                    await harm();
                }
                else if (count == 3 * lines)
                {
                    await mend();
                }
                else if (count == 5 * lines)
                {
                    servers.ForEach(static server => server.Kill());
                }
            });
            var log = new CrashLog();
            // What was seen comes first: one server sees the other's changes at times that tell nothing of its tries.
            foreach (var line in said.Concat((await Task.WhenAll(others)).SelectMany(static lines => lines)).OrderBy(static line => line[0] is not ('s' or 'w')))
            {
                log.Add(line);
            }
            foreach (var server in servers)
            {
                await server.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(128 + 9, server.ExitCode);
            }
            return log;
        }
        finally
        {
            servers.ForEach(static server =>
            {
                server.Kill();
                server.Dispose();
            });
        }
    }

    private static async Task<List<string>> ReadAsync(Process server, List<string> lines, Func<int, Task> onLine)
    {
        while (await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience) is { } line)
        {
            lines.Add(line);
            await onLine(lines.Count);
        }
        return lines;
    }
}

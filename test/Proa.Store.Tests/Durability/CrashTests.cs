using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>SIGKILL at a random moment, with writers and watchers at work: see <see cref="CrashLog"/> for what must hold.</summary>
public sealed class CrashTests
{
    /// <summary>Set to run more rounds, with another seed each time.</summary>
    private const string RoundsVariable = "PROA_CRASH_ROUNDS";

    [Fact]
    public async Task Kill_AtRandomMoments_LosesNothingAcknowledged()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), out var asked) ? asked : 15;
        var seed = asked > 0 ? Environment.TickCount : 4711;
        var random = new Random(seed);
        using var directory = new TestDirectory();
        // What must be there: the state after the last round, and its revision.
        Dictionary<(string Resource, string Name), (long Revision, string State)> durable = [];
        long revision = 1;
        for (var round = 0; round < rounds; round++)
        {
            var log = await RunUntilKilledAsync(directory.Path, seed + round, random.Next(1, 5000));
            await using var store = await ObjectStore.OpenAsync(directory.Options, IndexOf, TimeProvider.System, NullLogger.Instance);
            var found = new[] { Maps, "secrets" }.SelectMany(resource => store.List(resource, null)!.Items)
                .ToDictionary(obj => (obj.Key.Resource, obj.Key.Name), obj => (obj.Revision, State: Value(obj)));
            var wrong = log.Check(durable, revision, found, store.Revision);
            Assert.True(wrong is null, $"seed {seed}, round {round}: {wrong}");
            durable = found;
            revision = store.Revision;
        }
        Assert.True(revision > rounds);
    }

    private static async Task<CrashLog> RunUntilKilledAsync(string directory, int seed, int lines)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [CrashChild.Argument, directory, $"{seed}"])
        {
            RedirectStandardOutput = true,
        })!;
        var log = new CrashLog();
        while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (--lines == 0)
            {
                child.Kill();
            }
            // After the kill the pipe still holds what was said before it.
            log.Add(line);
        }
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + 9, child.ExitCode);
        return log;
    }
}

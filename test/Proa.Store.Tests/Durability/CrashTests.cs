using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>SIGKILL at a random moment: everything acknowledged is there afterwards, and nothing else than what was asked.</summary>
public sealed class CrashTests
{
    /// <summary>Set to run more rounds.</summary>
    private const string RoundsVariable = "PROA_CRASH_ROUNDS";

    [Fact]
    public async Task Kill_AtRandomMoments_LosesNothingAcknowledged()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), out var asked) ? asked : 5;
        var seed = asked > 0 ? Environment.TickCount : 4711;
        var random = new Random(seed);
        using var directory = new TestDirectory();
        var acknowledged = new Dictionary<(string Resource, string Name), (long Revision, string State)>();
        long highest = 1;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (resource, name, revision, state) in await WriteUntilKilledAsync(directory.Path, seed + round, random.Next(1, 3000)))
            {
                acknowledged[(resource, name)] = (revision, state);
                highest = Math.Max(highest, revision);
            }
            await using var store = await ObjectStore.OpenAsync(directory.Options, IndexOf, TimeProvider.System, NullLogger.Instance);
            Assert.True(store.Revision >= highest);
            foreach (var ((resource, name), (revision, state)) in acknowledged)
            {
                var found = store.Get(new ObjectKey(resource, "default", name));
                // The one write a task had under way may have become durable without its answer being heard.
                if (found is null ? state == "gone" : found.Revision == revision && Value(found) == state)
                {
                    continue;
                }
                Assert.True(
                    found is null ? store.Revision > highest : found.Revision > revision,
                    $"seed {seed}, round {round}: {resource} {name} was acknowledged at {revision}, found at {found?.Revision}");
            }
            // What the next round starts from is what is there now.
            foreach (var key in acknowledged.Keys.ToList())
            {
                var found = store.Get(new ObjectKey(key.Resource, "default", key.Name));
                acknowledged[key] = found is null ? (store.Revision, "gone") : (found.Revision, Value(found));
            }
            highest = store.Revision;
        }
        Assert.True(acknowledged.Count > 0);
    }

    private static async Task<List<(string Resource, string Name, long Revision, string State)>> WriteUntilKilledAsync(
        string directory, int seed, int lines)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [CrashChild.Argument, directory, $"{seed}"])
        {
            RedirectStandardOutput = true,
        })!;
        var acknowledged = new List<(string, string, long, string)>();
        while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (--lines == 0)
            {
                child.Kill();
            }
            // After the kill the pipe still holds what was acknowledged before it. Lines are shorter than PIPE_BUF: whole.
            var parts = line.Split(' ');
            if (parts is [var revision, var resource, var name, var state])
            {
                acknowledged.Add((resource, name, long.Parse(revision), state));
            }
        }
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + 9, child.ExitCode);
        return acknowledged;
    }
}

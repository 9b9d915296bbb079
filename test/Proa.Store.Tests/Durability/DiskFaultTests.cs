using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Tests.Faults;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>
/// A disk that fails at random (EIO of reads, writes and syncs, after which unsynced pages are lost; ENOSPC; short writes) and
/// loses power at random moments (unsynced sectors are there or not, in any order): see <see cref="CrashLog"/> for what must hold.
/// </summary>
public sealed class DiskFaultTests(ITestOutputHelper output)
{
    private const string RoundsVariable = "PROA_CRASH_ROUNDS";

    public static TheoryData<string> Kinds => ["none", "sync", "space", "read", "all"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PowerCut_OnAFailingDisk_LosesNothingAcknowledged(string kind)
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), out var asked) ? asked : 8;
        var seed = asked > 0 ? Environment.TickCount : 815;
        var random = new Random(seed);
        var directory = new TestDirectory();
        var (acknowledged, refused) = (0, 0);
        try
        {
            Dictionary<(string Resource, string Name), (long Revision, string State)> durable = [];
            long revision = 1;
            for (var round = 0; round < rounds; round++)
            {
                var next = new TestDirectory();
                var log = await RunUntilPowerCutAsync(directory, next, seed + round, random.Next(1, 5000), new SickDisk(kind, seed + round));
                directory.Dispose();
                directory = next;
                await using var store = await OpenAsync(directory);
                var found = new[] { Maps, "secrets" }.SelectMany(resource => store.List(resource, null)!.Items)
                    .ToDictionary(obj => (obj.Key.Resource, obj.Key.Name), obj => (obj.Revision, State: Value(obj)));
                var wrong = log.Check(durable, revision, found, store.Revision);
                Assert.True(wrong is null, $"seed {seed}, round {round}: {wrong}");
                (durable, revision) = (found, store.Revision);
                (acknowledged, refused) = (acknowledged + log.Acknowledged, refused + log.Refused);
            }
        }
        finally
        {
            directory.Dispose();
        }
        output.WriteLine($"{rounds} power cuts: {acknowledged} writes acknowledged, {refused} refused");
        Assert.True(acknowledged > rounds);
        Assert.Equal(kind != "none", refused > 0);
    }

    /// <summary>A disk that says "synced" and is not: no store can hold on it, so this shows that the check sees a loss.</summary>
    [Fact]
    public async Task PowerCut_OnADiskThatLiesAboutSyncs_IsNoticed()
    {
        for (var round = 0; ; round++)
        {
            using var directory = new TestDirectory();
            using var next = new TestDirectory();
            await (await OpenAsync(directory)).DisposeAsync();
            var log = await RunUntilPowerCutAsync(directory, next, round, 500, new SickDisk("lies", round));
            try
            {
                await using var store = await OpenAsync(next);
                var found = store.List(Maps, null)!.Items.ToDictionary(obj => (obj.Key.Resource, obj.Key.Name), obj => (obj.Revision, State: Value(obj)));
                if (log.Check([], 1, found, store.Revision) is not null)
                {
                    break;
                }
            }
            catch (StoreOpenException)
            {
                // The start itself noticed.
                break;
            }
            Assert.True(round < 100, "nothing was ever missed");
        }
    }

    [Fact]
    public async Task Sync_Fails_TheBatchIsGoneOnceTheNextOneIsDurable()
    {
        using var directory = new TestDirectory();
        using var after = new TestDirectory();
        using var disk = new FaultDisk(directory.Path, 1);
        await using (var store = await OpenAsync(directory))
        {
            await store.DoneAsync(Create("before"));
            disk.Fault = call => call.Operation == DiskOperation.Sync ? DiskFault.IoError : DiskFault.None;
            var refused = await store.TryAsync(Create("refused"));
            Assert.Equal(WriteOutcome.Unavailable, refused.Outcome);
            Assert.Contains("disk I/O error", refused.Error);
            Assert.Equal(2, store.Revision);
            disk.Fault = null;
            Assert.Equal(3, (await store.DoneAsync(Create("after"))).Revision);
            disk.PowerCut(after.Path, () => { });
        }
        await using var found = await OpenAsync(after);
        Assert.Equal(["after", "before"], found.List(Maps, null)!.Items.Select(item => item.Key.Name));
    }

    private static async Task<CrashLog> RunUntilPowerCutAsync(TestDirectory directory, TestDirectory next, int seed, int lines, SickDisk sick)
    {
        using var disk = new FaultDisk(directory.Path, seed);
        List<string> said = [];
        List<string> heard = [];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        disk.Fault = sick.Decide;
        await using (var store = await OpenOnAsync(disk, directory, new Random(seed).Next(2) == 0 ? 20 : 2000))
        {
            disk.Fault = sick.Decide;
            var work = new CrashWorkload(store, seed, line =>
            {
                lock (said)
                {
                    said.Add(line);
                    if (said.Count == lines)
                    {
                        enough.SetResult();
                    }
                }
                return ValueTask.CompletedTask;
            }).RunAsync(stop.Token);
            await Task.WhenAny(enough.Task, work);
            // Acknowledgements of what is synced by now may still be said meanwhile; no sync is.
            disk.PowerCut(next.Path, () =>
            {
                lock (said)
                {
                    heard = [.. said];
                }
            });
            disk.Fault = null;
            await stop.CancelAsync();
            await store.DisposeAsync();
            await work;
        }
        var log = new CrashLog();
        heard.ForEach(log.Add);
        return log;
    }

    /// <summary>A start on a sick disk is refused, and leaves everything to the next one.</summary>
    private static async Task<ObjectStore> OpenOnAsync(FaultDisk disk, TestDirectory directory, int checkpointPages)
    {
        try
        {
            return await OpenAsync(directory, checkpointPages);
        }
        catch (StoreOpenException)
        {
            disk.Fault = null;
            return await OpenAsync(directory, checkpointPages);
        }
    }

    private static Task<ObjectStore> OpenAsync(TestDirectory directory, int checkpointPages = 2000) =>
        ObjectStore.OpenAsync(directory.Options with { CheckpointPages = checkpointPages }, IndexOf, TimeProvider.System, NullLogger.Instance);
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>SIGKILL at calls to the disk while a store's content is replaced: what is found is the old state or the new one.</summary>
public sealed class ReplaceCrashTests(ITestOutputHelper output)
{
    /// <summary>Set to kill at every call instead of at some of them.</summary>
    private const string AllVariable = "PROA_CRASH_ROUNDS";
    private const int Sampled = 16;

    [Fact]
    public async Task Kill_AtACallToTheDisk_LeavesTheOldStateOrTheNew()
    {
        using var original = new TestDirectory();
        long revision;
        await using (var store = await OpenAsync(original.Path))
        {
            await ReplaceChild.FillAsync(store, ReplaceChild.Old);
            revision = store.Revision;
        }
        var (calls, whole) = await RunAsync(original.Path, 0, revision);
        Assert.Equal(ReplaceChild.New, whole);
        var step = Environment.GetEnvironmentVariable(AllVariable) is null ? Math.Max(1, calls / Sampled) : 1;
        var found = new Dictionary<string, int> { [ReplaceChild.Old] = 0, [ReplaceChild.New] = 0 };
        for (var killAt = 1; killAt <= calls; killAt += step)
        {
            var (_, state) = await RunAsync(original.Path, killAt, revision);
            Assert.True(state is not null, $"killed at call {killAt} of {calls}, the store is neither old nor new");
            found[state]++;
        }
        output.WriteLine($"{calls} calls; old {found[ReplaceChild.Old]}, new {found[ReplaceChild.New]}");
        Assert.All(found.Values, times => Assert.NotEqual(0, times));
    }

    /// <returns>How many calls it made, if it was let live; and what a start finds.</returns>
    private static async Task<(int Calls, string? State)> RunAsync(string original, int killAt, long revision)
    {
        using var copy = new TestDirectory();
        foreach (var file in Directory.GetFiles(original, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy.Path, Path.GetRelativePath(original, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [ReplaceChild.Argument, copy.Path, $"{killAt}"]) { RedirectStandardOutput = true })!;
        var said = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(killAt == 0 ? 0 : 128 + 9, child.ExitCode);
        await using var store = await OpenAsync(copy.Path);
        var state = ReplaceChild.StateOf(store);
        Assert.True(state == ReplaceChild.Old ? store.Revision == revision : store.Revision > revision);
        await store.DoneAsync(Create("goes-on"));
        return (said.Length == 0 ? 0 : int.Parse(said, CultureInfo.InvariantCulture), state);
    }

    private static Task<ObjectStore> OpenAsync(string directory) =>
        ObjectStore.OpenAsync(new StoreOptions { DataDirectory = directory }, IndexOf, TimeProvider.System, NullLogger.Instance);
}

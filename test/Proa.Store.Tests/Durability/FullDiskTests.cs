using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>A real file system without space: a small tmpfs (needs root).</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task Write_DiskFull_IsRefusedAndRecoversWithNothingLost()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a tmpfs needs root");
        using var directory = new TestDirectory();
        var ct = TestContext.Current.CancellationToken;
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", directory.Path);
        try
        {
            var ballast = Path.Combine(directory.Path, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[1 << 20], ct);
            var done = new Dictionary<string, StoredObject>();
            var options = directory.Options;
            await using (var store = await ObjectStore.OpenAsync(options, IndexOf, TimeProvider.System, NullLogger.Instance))
            {
                var watch = store.Watch(Maps, null, 1)!;
                var refused = await FillAsync(store, done);
                Assert.Contains("full", refused);
                Assert.True(done.Count > 10);
                // Refused means untouched: for readers, for watchers, in the numbering.
                Assert.Equal(done.Count, store.List(Maps, null)!.Items.Count);
                Assert.Equal(done.Count + 1, store.Revision);
                Assert.Equal(done.Count, watch.Changes.Count);
                // A batch that is half good is refused as a whole.
                var batch = await Task.WhenAll(
                    store.TryAsync(Create("small")), store.TryAsync(Create("large", new string('x', 3 << 20))));
                Assert.Equal(WriteOutcome.Unavailable, batch[1].Outcome);
                if (batch[0].Outcome == WriteOutcome.Done)
                {
                    done.Add("small", batch[0].Object!);
                }
                File.Delete(ballast);
                done.Add("after", await store.DoneAsync(Create("after", new string('y', 1000))));
            }
            await using var again = await ObjectStore.OpenAsync(options, IndexOf, TimeProvider.System, NullLogger.Instance);
            Assert.Equal(done.Count, again.List(Maps, null)!.Items.Count);
            Assert.All(done.Values, obj => Assert.Equal(obj.Json.ToArray(), again.Get(obj.Key)!.Json.ToArray()));
        }
        finally
        {
            await RunAsync("umount", directory.Path);
        }
    }

    private static async Task<string> FillAsync(ObjectStore store, Dictionary<string, StoredObject> done)
    {
        for (var i = 0; ; i++)
        {
            var result = await store.TryAsync(Create($"n{i:d4}", new string('x', 20_000)));
            if (result.Outcome == WriteOutcome.Unavailable)
            {
                return result.Error!;
            }
            done.Add($"n{i:d4}", result.Object!);
            Assert.True(i < 1000, "the disk never got full");
        }
    }

    private static async Task RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}

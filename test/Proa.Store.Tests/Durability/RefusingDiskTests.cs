using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Health;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>Real file systems that refuse: a small tmpfs that is full, an ext4 that turned read-only (both need root).</summary>
public sealed class RefusingDiskTests
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
            await using (var store = await OpenAsync(options))
            {
                var watch = store.Watch(Maps, null, 1)!;
                var refused = await FillAsync(store, done);
                Assert.Contains($"{directory.Database} on tmpfs (tmpfs on {directory.Path}) cannot be written: database or disk is full", refused);
                Assert.Equal(StoreCondition.Refusing, store.Health.Report().Condition);
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
            await using var again = await OpenAsync(options);
            Assert.Equal(done.Count, again.List(Maps, null)!.Items.Count);
            Assert.All(done.Values, obj => Assert.Equal(obj.Json.ToArray(), again.Get(obj.Key)!.Json.ToArray()));
        }
        finally
        {
            await RunAsync("umount", directory.Path);
        }
    }

    /// <summary>As Linux does it after an error of the file system.</summary>
    [Fact]
    public async Task Write_DiskTurnedReadOnly_IsRefusedAndAStartIsRefusedToo()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control"), "mounting an image needs root and loop devices");
        using var place = new TestDirectory();
        using var mounted = new TestDirectory();
        var image = Path.Combine(place.Path, "image");
        using (var file = File.Create(image))
        {
            file.SetLength(16 << 20);
        }
        await RunAsync("mkfs.ext4", "-q", "-F", image);
        await RunAsync("mount", "-o", "loop,errors=remount-ro", image, mounted.Path);
        try
        {
            await using (var store = await OpenAsync(mounted.Options))
            {
                await store.DoneAsync(Create("before"));
                var device = store.Health.Device[..store.Health.Device.IndexOf(' ')];
                Assert.StartsWith("/dev/loop", device);
                await File.WriteAllTextAsync($"/sys/fs/ext4/{Path.GetFileName(device)}/trigger_fs_error", "1", TestContext.Current.CancellationToken);
                var refused = await store.TryAsync(Create("refused"));
                Assert.Equal(WriteOutcome.Unavailable, refused.Outcome);
                Assert.Contains($"{device} (ext4 on {mounted.Path})", refused.Error);
                Assert.Contains("Read-only file system", refused.Error);
                Assert.Equal(StoreCondition.Refusing, store.Health.Report().Condition);
                Assert.Equal("before", Assert.Single(store.List(Maps, null)!.Items).Key.Name);
            }
            var start = await Assert.ThrowsAsync<StoreOpenException>(() => OpenAsync(mounted.Options));
            Assert.Contains("Read-only file system", start.Message);
            await RunAsync("umount", mounted.Path);
            await RunAsync("mount", "-o", "loop", image, mounted.Path);
            await using var again = await OpenAsync(mounted.Options);
            Assert.Contains("before", again.List(Maps, null)!.Items.Select(item => item.Key.Name));
            await again.DoneAsync(Create("after"));
        }
        finally
        {
            await RunAsync("umount", mounted.Path);
        }
    }

    private static Task<ObjectStore> OpenAsync(StoreOptions options) =>
        ObjectStore.OpenAsync(options, IndexOf, TimeProvider.System, NullLogger.Instance);

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

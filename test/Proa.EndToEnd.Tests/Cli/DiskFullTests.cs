using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

public sealed class DiskFullTests
{
    [Fact]
    public async Task FullDisk_RefusesWritesWithAReason_LosesNothingAndRecovers()
    {
        var disk = Directory.CreateTempSubdirectory("proa-disk-").FullName;
        (await CommandResult.RunAsync("mount", ["-t", "tmpfs", "-o", "size=12m", "none", disk])).Must();
        try
        {
            // In a folder of the disk: the mount itself is not the cluster's to remove.
            var cluster = await TestCluster.StartInAsync(Path.Combine(disk, "d"), "--no-node");
            var kubectl = cluster.Kubectl;
            var ballast = Path.Combine(disk, "ballast");
            await kubectl.MustAsync("create", "configmap", "before", "--from-literal=a=1");
            await CommandResult.RunAsync("dd", ["if=/dev/zero", $"of={ballast}", "bs=64k"]);

            var big = new string('x', 200_000);
            CommandResult refused;
            var made = 0;
            do
            {
                refused = await kubectl.RunWithInputAsync($"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{made}}}\ndata: {{a: {big}}}\n", "create", "-f", "-");
                made += refused.ExitCode == 0 ? 1 : 0;
            }
            while (refused.ExitCode == 0 && made < 100);
            var read = await kubectl.MustAsync("get", "configmap", "before", "-o", "jsonpath={.data.a}");
            var ready = await kubectl.RunAsync("get", "--raw", "/readyz/disk");
            var alive = await kubectl.MustAsync("get", "--raw", "/livez");
            var metrics = await kubectl.MustAsync("get", "--raw", "/metrics");
            File.Delete(ballast);
            var after = await kubectl.RunAsync("create", "configmap", "after", "--from-literal=a=2");
            var kept = await kubectl.MustAsync("get", "configmap", "-o", "name");
            await Eventually.TrueAsync(
                kubectl, "default", async () => (await kubectl.MustAsync("get", "events")).Contains("StoreDiskRecovered", StringComparison.Ordinal), kind: "events");
            var told = await kubectl.MustAsync("get", "events", "--field-selector", "reason=StoreDiskRecovered", "-o", "jsonpath={.items[0].involvedObject.kind} {.items[0].message}");
            var readyAgain = await kubectl.MustAsync("get", "--raw", "/readyz/disk?verbose");
            kept = await kubectl.MustAsync("get", "configmap", "-o", "name");
            await cluster.KillAsync();
            await cluster.UpAsync();
            var restarted = await kubectl.MustAsync("get", "configmap", "-o", "name");
            await cluster.DisposeAsync();

            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("full", refused.Stderr);
            Assert.Equal("1", read);
            var device = $"none (tmpfs on {disk})";
            Assert.Contains(device, refused.Stderr);
            Assert.NotEqual(0, ready.ExitCode);
            Assert.Contains($"{device}: writes are refused: {Path.Combine(disk, "d", "state", "store.db")} on {device} cannot be written: database or disk is full", ready.Stderr);
            Assert.Contains("sync p99", ready.Stderr);
            Assert.Equal("ok", alive);
            Assert.Contains($"proa_store_disk_condition{{condition=\"Refusing\",device=\"{device}\"}} 1", metrics);
            Assert.Matches("etcd_disk_wal_fsync_duration_seconds_count [1-9]", metrics);
            Assert.StartsWith($"Namespace {device}: sync p99 ", told);
            Assert.Contains("database or disk is full", told);
            Assert.StartsWith($"[+]disk ok: {device}: sync p99 ", readyAgain);
            after.Must();
            Assert.Equal(made, kept.Split('\n').Count(line => line.StartsWith("configmap/c", StringComparison.Ordinal)));
            Assert.Equal(kept, restarted);
        }
        finally
        {
            (await CommandResult.RunAsync("umount", [disk])).Must();
            Directory.Delete(disk);
        }
    }
}

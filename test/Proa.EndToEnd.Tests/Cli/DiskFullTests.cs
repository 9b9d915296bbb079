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
            File.Delete(ballast);
            var after = await kubectl.RunAsync("create", "configmap", "after", "--from-literal=a=2");
            var kept = await kubectl.MustAsync("get", "configmap", "-o", "name");
            await cluster.KillAsync();
            await cluster.UpAsync();
            var restarted = await kubectl.MustAsync("get", "configmap", "-o", "name");
            await cluster.DisposeAsync();

            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("full", refused.Stderr);
            Assert.Equal("1", read);
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

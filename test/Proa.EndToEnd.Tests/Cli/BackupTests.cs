using Proa.EndToEnd.Tests.Harness;

namespace Proa.EndToEnd.Tests.Cli;

public sealed class BackupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-backup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task BackupOfARunningCluster_RestoredStopped_BringsBackObjectsAndKeys()
    {
        var file = Path.Combine(_folder, "backup");
        await using var cluster = await TestCluster.StartAsync("--no-node");
        var kubectl = cluster.Kubectl;
        await kubectl.MustAsync("create", "secret", "generic", "s", "--from-literal=a=hidden");
        await kubectl.MustAsync("create", "configmap", "kept", "--from-literal=a=before");
        (await TestCluster.ProaAsync("backup", file, "--data-dir", cluster.DataDir)).Must();
        var twice = await TestCluster.ProaAsync("backup", file, "--data-dir", cluster.DataDir);
        await kubectl.MustAsync("delete", "secret", "s");
        await kubectl.MustAsync("create", "configmap", "later");
        var later = long.Parse(await kubectl.MustAsync("get", "configmap", "later", "-o", "jsonpath={.metadata.resourceVersion}"));
        await cluster.StopAsync();
        var restored = (await TestCluster.ProaAsync("restore", file, "--data-dir", cluster.DataDir)).Must();
        await cluster.UpAsync();
        // The same kubeconfig: certificates and tokens are those of the backup.
        var secret = await kubectl.MustAsync("get", "secret", "s", "-o", "jsonpath={.data.a}");
        var maps = await kubectl.MustAsync("get", "configmap", "-o", "name");
        await kubectl.MustAsync("create", "configmap", "new");
        var next = long.Parse(await kubectl.MustAsync("get", "configmap", "new", "-o", "jsonpath={.metadata.resourceVersion}"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(1, twice.ExitCode);
        Assert.Contains("exists already", twice.Stderr);
        Assert.Contains("before-restore-", restored);
        Assert.Equal(Convert.ToBase64String("hidden"u8), secret);
        Assert.Contains("configmap/kept", maps);
        Assert.DoesNotContain("configmap/later", maps);
        Assert.True(next > later);
    }

    [Fact]
    public async Task BackupOfAStoppedCluster_RestoredElsewhere_IsRefusedWhenDamagedAndNothingIsMade()
    {
        var file = Path.Combine(_folder, "backup");
        var cluster = await TestCluster.StartAsync("--no-node");
        await cluster.Kubectl.MustAsync("create", "configmap", "kept");
        await cluster.StopAsync();
        (await TestCluster.ProaAsync("backup", file, "--data-dir", cluster.DataDir)).Must();
        await cluster.DisposeAsync();
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var other = Path.Combine(_folder, "other");
        foreach (var (problem, bytes) in new (string, byte[])[]
        {
            ("not a", []),
            ("not a", "no backup"u8.ToArray()),
            ("backup", whole[..(whole.Length / 2)]),
            ("damaged", Flipped(whole)),
        })
        {
            var bad = Path.Combine(_folder, "bad");
            await File.WriteAllBytesAsync(bad, bytes, TestContext.Current.CancellationToken);
            var refused = await TestCluster.ProaAsync("restore", bad, "--data-dir", other);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(problem, refused.Stderr);
            Assert.DoesNotContain("   at ", refused.Stderr);
            Assert.False(Directory.Exists(other));
        }
        (await TestCluster.ProaAsync("restore", file, "--data-dir", other)).Must();
        var restored = await TestCluster.StartRestoredAsync(other);
        Assert.Contains("configmap/kept", await restored.Kubectl.MustAsync("get", "configmap", "-o", "name"));
        await restored.DisposeAsync();
    }

    [Fact]
    public async Task Up_DamagedStoreOrHalfARestore_IsRefusedWithTheWayOut()
    {
        var cluster = await TestCluster.StartAsync("--no-node");
        await cluster.StopAsync();
        var mark = Path.Combine(cluster.DataDir, "restore.unfinished");
        await File.WriteAllTextAsync(mark, "", TestContext.Current.CancellationToken);
        Directory.Move(Path.Combine(cluster.DataDir, "pki"), Path.Combine(cluster.DataDir, "pki-away"));
        var half = await TestCluster.ProaAsync("up", "--no-node", "--data-dir", cluster.DataDir);
        Directory.Move(Path.Combine(cluster.DataDir, "pki-away"), Path.Combine(cluster.DataDir, "pki"));
        File.Delete(mark);
        var database = Path.Combine(cluster.DataDir, "state", "store.db");
        await using (var file = File.OpenWrite(database))
        {
            file.Position = 8192;
            file.Write(new byte[8192]);
        }
        var before = await File.ReadAllBytesAsync(database, TestContext.Current.CancellationToken);
        var damaged = await TestCluster.ProaAsync("up", "--no-node", "--data-dir", cluster.DataDir);

        Assert.Equal((1, 1), (half.ExitCode, damaged.ExitCode));
        Assert.Contains("proa restore", half.Stderr);
        Assert.Contains("is damaged", damaged.Stderr);
        Assert.Contains("proa restore", damaged.Stderr);
        Assert.Equal(before, await File.ReadAllBytesAsync(database, TestContext.Current.CancellationToken));
        await cluster.DisposeAsync();
    }

    /// <summary>One bit in the middle: the store, which is most of the file.</summary>
    private static byte[] Flipped(byte[] whole)
    {
        var copy = whole.ToArray();
        copy[copy.Length / 2] ^= 4;
        return copy;
    }
}

using Proa.Cluster;

namespace Proa.Tests.Cluster;

public sealed class ClusterConfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-config-").FullName;

    private ClusterPaths Paths => new(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Settle_FirstStart_WritesWhatLaterOnesRead()
    {
        var first = ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder, ApiPort = 7000, PodRange = "10.1.0.0/24" });

        var second = ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder });

        Assert.Equal(first, second);
        Assert.Equal(7000, second.ApiPort);
        Assert.Matches("^[0-9a-f]{8}$", second.Id);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Paths.Config));
    }

    [Fact]
    public void Settle_ChangedRange_IsRefusedAndKept()
    {
        ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder });

        var refused = Assert.Throws<UserException>(() => ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder, ServiceRange = "10.97.0.0/16" }));

        Assert.Contains("10.96.0.0/16", refused.Message);
        Assert.Equal("10.96.0.0/16", ClusterConfigFile.Read(Paths)!.ServiceRange);
    }

    [Fact]
    public void Settle_Etcd_IsKept_AndRefusedWhereAClusterIs()
    {
        var etcd = new EtcdSettings("https://a:2379,https://b:2379", "/ca", null, null);
        Assert.Equal(etcd, ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder, Etcd = etcd }).Etcd);
        Assert.Equal(etcd, ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder }).Etcd);

        File.Delete(Paths.Config);
        ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder });
        Assert.Contains("proa migrate", Assert.Throws<UserException>(() => ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder, Etcd = etcd })).Todo);
    }

    [Theory]
    [InlineData("https://a:2379", true)]
    [InlineData("http://127.0.0.1:2379, http://127.0.0.2:2379", true)]
    [InlineData("", false)]
    [InlineData("a:2379", false)]
    [InlineData("https://a:2379/path", false)]
    public void EtcdSettings_Problem_FindsWhatIsNoAddress(string text, bool valid) => Assert.Equal(valid, EtcdSettings.Problem(text) is null);

    [Fact]
    public void Settle_ChangedPort_IsTaken()
    {
        ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder });

        Assert.Equal(7001, ClusterConfigFile.Settle(Paths, new UpOptions { DataDir = _folder, ApiPort = 7001 }).ApiPort);
    }

    [Theory]
    [InlineData("30000-32767", true)]
    [InlineData("1-1", true)]
    [InlineData("2-1", false)]
    [InlineData("0-5", false)]
    [InlineData("1-65536", false)]
    [InlineData("30000", false)]
    [InlineData("-", false)]
    [InlineData("", false)]
    public void PortRange_Text_IsCheckedWhole(string text, bool valid) => Assert.Equal(valid, PortRange.TryParse(text, out _, out _));

    [Fact]
    public void RunFile_OfThisProcess_IsRunning_AndOfNoneIsNot()
    {
        RunFile.Write(Paths, "https://127.0.0.1:1", ready: true);
        Assert.Equal(Environment.ProcessId, RunFile.Running(Paths)!.Pid);

        File.WriteAllText(Paths.RunFile, """{"pid":1,"startTicks":-1,"server":"","ready":true}""");
        Assert.Null(RunFile.Running(Paths));
    }

    [Fact]
    public void Ranges_Nth_CountsAcrossBytes() => Assert.Equal("10.96.1.0", Ranges.Nth("10.96.0.0/16", 256).ToString());
}

using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Node.Volumes;

namespace Proa.Node.Tests.Volumes;

public sealed class PodVolumesTests : IDisposable
{
    private static readonly Dictionary<string, Quantity> s_allocatable = new() { ["cpu"] = Quantity.Parse("2"), ["memory"] = Quantity.Parse("4Gi") };

    private readonly TempDirectory _temp = new();
    private readonly ManualTime _time = new();
    private readonly MemoryCluster _cluster;
    private readonly PodVolumes _volumes;
    private readonly CancellationTokenSource _stop = new();

    public PodVolumesTests()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "mounting needs root");
        _cluster = new(_time);
        _volumes = New();
    }

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var mount in MountTable.Below(_temp.Path))
        {
            LinuxFiles.Unmount(mount);
        }
        _temp.Dispose();
    }

    [Fact]
    public async Task MountAsync_SecretMissing_NamesVolumeAndSecret()
    {
        var pod = PodWith(new Volume { Name = "v", Secret = new() { SecretName = "none" } });

        var result = await _volumes.MountAsync(pod, _stop.Token);

        Assert.Equal("MountVolume.SetUp failed for volume \"v\" : secret \"none\" not found", result.Error);
    }

    [Fact]
    public async Task MountAsync_SecretMissingButNotMountedByAnyContainer_Works()
    {
        var pod = PodWith(new Volume { Name = "v", Secret = new() { SecretName = "none" } });
        pod = pod with { Spec = pod.Spec with { Containers = [new() { Name = "c" }] } };

        Assert.True((await _volumes.MountAsync(pod, _stop.Token)).Ok);
    }

    [Fact]
    public async Task MountAsync_Secret_LivesOnTmpfsWithItsModes()
    {
        _cluster.Put(new Secret { Metadata = new() { Namespace = "ns", Name = "s" }, Data = new Dictionary<string, byte[]> { ["a"] = "1"u8.ToArray(), ["b"] = "2"u8.ToArray() } });
        var pod = PodWith(new Volume
        {
            Name = "v",
            Secret = new() { SecretName = "s", DefaultMode = 0x100, Items = [new() { Key = "a", Path = "x/y", Mode = 0x180 }, new() { Key = "b", Path = "z" }] },
        });

        var path = await MountAsync(pod);

        Assert.True(LinuxFiles.IsMountPoint(path));
        Assert.Equal("1", File.ReadAllText(Path.Combine(path, "x/y")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(path, "x/y")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(path, "z")));
        Assert.Equal("..data/x", new FileInfo(Path.Combine(path, "x")).LinkTarget);
    }

    [Fact]
    public async Task MountAsync_ItemKeyMissing_SaysWhich()
    {
        _cluster.Put(Map("m", "a", "1"));
        var pod = PodWith(new Volume { Name = "v", ConfigMap = new() { Name = "m", Items = [new() { Key = "zz", Path = "p" }] } });

        var result = await _volumes.MountAsync(pod, _stop.Token);

        Assert.Equal("MountVolume.SetUp failed for volume \"v\" : configmap references non-existent config key: zz", result.Error);
    }

    [Fact]
    public async Task RunAsync_ConfigMapChanges_FilesChangeAtOnceAndStaleOnesGo()
    {
        _cluster.Put(Map("m", "a", "1"));
        var path = await MountAsync(PodWith(new Volume { Name = "v", ConfigMap = new() { Name = "m" } }));
        var before = new FileInfo(Path.Combine(path, "..data")).LinkTarget;
        using var changed = new FileSystemWatcher(path, "..data") { EnableRaisingEvents = true };
        var switched = new TaskCompletionSource();
        changed.Renamed += (_, _) => switched.TrySetResult();
        var running = _volumes.RunAsync(_stop.Token);

        _cluster.Put(Map("m", "b", "2"));
        await switched.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await _volumes.MountAsync(PodWith(new Volume { Name = "v", ConfigMap = new() { Name = "m" } }), _stop.Token);

        Assert.Equal("2", File.ReadAllText(Path.Combine(path, "b")));
        Assert.False(File.Exists(Path.Combine(path, "a")));
        Assert.False(Directory.Exists(Path.Combine(path, before!)));
        _stop.Cancel();
        await running;
    }

    [Fact]
    public async Task MountAsync_NothingChanged_WritesNothing()
    {
        _cluster.Put(Map("m", "a", "1"));
        var pod = PodWith(new Volume { Name = "v", ConfigMap = new() { Name = "m" } });
        var path = await MountAsync(pod);
        var before = new FileInfo(Path.Combine(path, "..data")).LinkTarget;

        await MountAsync(pod);

        Assert.Equal(before, new FileInfo(Path.Combine(path, "..data")).LinkTarget);
    }

    [Fact]
    public async Task MountAsync_TokenProjection_IsBoundToPodAndRenewedAtFourFifths()
    {
        _cluster.Put(Map("kube-root-ca.crt", "ca.crt", "CA"));
        var pod = PodWith(new Volume
        {
            Name = "kube-api-access-x",
            Projected = new()
            {
                Sources =
                [
                    new() { ServiceAccountToken = new() { Path = "token", ExpirationSeconds = 3607 } },
                    new() { ConfigMap = new() { Name = "kube-root-ca.crt", Items = [new() { Key = "ca.crt", Path = "ca.crt" }] } },
                    new() { DownwardAPI = new() { Items = [new() { Path = "namespace", FieldRef = new() { FieldPath = "metadata.namespace" } }] } },
                ],
            },
        });

        var path = await MountAsync(pod);

        Assert.Equal("token-1-of-default", File.ReadAllText(Path.Combine(path, "token")));
        Assert.Equal("CA", File.ReadAllText(Path.Combine(path, "ca.crt")));
        Assert.Equal("ns", File.ReadAllText(Path.Combine(path, "namespace")));
        Assert.Equal("u1", _cluster.LastTokenRequest!.Spec.BoundObjectRef!.Uid);
        Assert.Equal(3607, _cluster.LastTokenRequest.Spec.ExpirationSeconds);

        _time.Advance(TimeSpan.FromMinutes(47));
        await MountAsync(pod);
        Assert.Equal(1, _cluster.TokensIssued);
        _time.Advance(TimeSpan.FromMinutes(2));
        await MountAsync(pod);
        Assert.Equal("token-2-of-default", File.ReadAllText(Path.Combine(path, "token")));
    }

    [Fact]
    public async Task MountAsync_FsGroup_OwnsEmptyDirAndSecrets()
    {
        _cluster.Put(new Secret { Metadata = new() { Namespace = "ns", Name = "s" }, Data = new Dictionary<string, byte[]> { ["a"] = "1"u8.ToArray() } });
        var pod = PodWith(new Volume { Name = "v", Secret = new() { SecretName = "s", DefaultMode = 0x100 } });
        pod = pod with { Spec = pod.Spec with { SecurityContext = new() { FsGroup = 2000 } } };

        var path = await MountAsync(pod);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, File.GetUnixFileMode(Path.Combine(path, "a")));
        Assert.True(File.GetUnixFileMode(path).HasFlag(UnixFileMode.SetGroup));
    }

    [Fact]
    public async Task MountAsync_EmptyDirInMemory_HasItsSize()
    {
        var path = await MountAsync(PodWith(new Volume { Name = "v", EmptyDir = new() { Medium = "Memory", SizeLimit = Quantity.Parse("1Mi") } }));

        Assert.True(LinuxFiles.IsMountPoint(path));
        Assert.Equal(1 << 20, new DriveInfo(path).TotalSize);
    }

    [Fact]
    public async Task MountsFor_SubPathThatLinksOutside_IsRefused()
    {
        var pod = PodWith(new Volume { Name = "v", EmptyDir = new() });
        var path = await MountAsync(pod);
        File.CreateSymbolicLink(Path.Combine(path, "out"), "/etc");
        var container = new Container { Name = "c", VolumeMounts = [new() { Name = "v", MountPath = "/m", SubPath = "out/x" }] };

        var mounts = _volumes.MountsFor(pod, container, []);

        Assert.StartsWith("failed to prepare subPath for volumeMount \"v\" of container \"c\"", mounts.Error);
        Assert.False(Directory.Exists("/etc/x"));
    }

    [Fact]
    public async Task MountsFor_SubPathExpr_PinsTheDirectoryItNames()
    {
        var pod = PodWith(new Volume { Name = "v", EmptyDir = new() });
        var path = await MountAsync(pod);
        var container = new Container { Name = "c", VolumeMounts = [new() { Name = "v", MountPath = "/m", SubPathExpr = "a/$(POD)" }] };

        var mount = Assert.Single(_volumes.MountsFor(pod, container, [new("POD", "p1")]).Mounts);
        File.WriteAllText(Path.Combine(path, "a/p1/f"), "seen");

        Assert.Equal("seen", File.ReadAllText(Path.Combine(mount.HostPath, "f")));
        Assert.Equal("missing value for \"NONE\"", _volumes.MountsFor(pod, container with { VolumeMounts = [container.VolumeMounts[0] with { SubPathExpr = "$(NONE)" }] }, []).Error);
    }

    [Theory]
    [InlineData("Directory", "is not a directory")]
    [InlineData("File", "is not a file")]
    [InlineData("Socket", "is not a socket file")]
    [InlineData("BlockDevice", "is not a block device")]
    public async Task MountAsync_HostPathOfOtherType_SaysSo(string type, string expected)
    {
        var path = _temp["missing"];

        var result = await _volumes.MountAsync(PodWith(new Volume { Name = "v", HostPath = new() { Path = path, Type = type } }), _stop.Token);

        Assert.Equal($"MountVolume.SetUp failed for volume \"v\" : hostPath type check failed: {path} {expected}", result.Error);
    }

    [Fact]
    public async Task MountAsync_ClaimBoundToLocalVolume_StandsAtItsPath()
    {
        Directory.CreateDirectory(_temp["disk"]);
        _cluster.Put(new PersistentVolumeClaim { Metadata = new() { Namespace = "ns", Name = "claim" }, Spec = new() { VolumeName = "pv" }, Status = new() { Phase = "Bound" } });
        _cluster.Put(new PersistentVolume { Metadata = new() { Name = "pv" }, Spec = new() { Local = new() { Path = _temp["disk"] } } });

        var path = await MountAsync(PodWith(new Volume { Name = "v", PersistentVolumeClaim = new() { ClaimName = "claim" } }));

        Assert.Equal(_temp["disk"], path);
    }

    [Fact]
    public async Task UnmountAsync_AfterRestart_LeavesNoMountAndNoFile()
    {
        _cluster.Put(new Secret { Metadata = new() { Namespace = "ns", Name = "s" }, Data = new Dictionary<string, byte[]> { ["a"] = "1"u8.ToArray() } });
        var pod = PodWith(new Volume { Name = "v", Secret = new() { SecretName = "s" } });
        await MountAsync(pod);
        var container = new Container { Name = "c", VolumeMounts = [new() { Name = "v", MountPath = "/m", SubPath = "a" }] };
        Assert.True(_volumes.MountsFor(pod, container, []).Ok);

        var result = await New().UnmountAsync("u1", _stop.Token);

        Assert.True(result.Ok, result.Error);
        Assert.Empty(MountTable.Below(_temp.Path));
        Assert.False(Directory.Exists(_temp["pods/u1"]));
    }

    [Fact]
    public async Task MountAsync_DownwardApi_FormatsLabelsAndResources()
    {
        var pod = PodWith(new Volume
        {
            Name = "v",
            DownwardAPI = new()
            {
                Items =
                [
                    new() { Path = "labels", FieldRef = new() { FieldPath = "metadata.labels" } },
                    new() { Path = "cpu", ResourceFieldRef = new() { ContainerName = "c", Resource = "limits.cpu", Divisor = Quantity.Parse("1m") } },
                    new() { Path = "mem", ResourceFieldRef = new() { ContainerName = "c", Resource = "limits.memory", Divisor = Quantity.Parse("1Mi") } },
                ],
            },
        });

        var path = await MountAsync(pod);

        Assert.Equal("a=\"x\\\"y\"\nb=\"2\"", File.ReadAllText(Path.Combine(path, "labels"), Encoding.UTF8));
        Assert.Equal("2000", File.ReadAllText(Path.Combine(path, "cpu")));
        Assert.Equal("4096", File.ReadAllText(Path.Combine(path, "mem")));
    }

    private static ConfigMap Map(string name, string key, string value) => new()
    {
        Metadata = new() { Namespace = "ns", Name = name },
        Data = new Dictionary<string, string> { [key] = value },
    };

    private static Pod PodWith(Volume volume) => new()
    {
        Metadata = new() { Namespace = "ns", Name = "p", Uid = "u1", Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "x\"y" } },
        Spec = new()
        {
            ServiceAccountName = "default",
            Volumes = [volume],
            Containers = [new() { Name = "c", VolumeMounts = [new() { Name = volume.Name, MountPath = "/m" }] }],
        },
    };

    private PodVolumes New() => new(new(_temp["pods"], () => s_allocatable), _cluster, _time, NullLoggerFactory.Instance);

    /// <summary>Mounts, and tells where the only volume stands.</summary>
    private async Task<string> MountAsync(Pod pod)
    {
        var result = await _volumes.MountAsync(pod, _stop.Token);
        Assert.True(result.Ok, result.Error);
        return Assert.Single(_volumes.MountsFor(pod, pod.Spec.Containers[0], []).Mounts).HostPath;
    }
}

using Proa.Store.Health;

namespace Proa.Store.Tests.Health;

public sealed class DiskDeviceTests
{
    private static readonly string[] s_mounts =
    [
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
        "30 22 254:16 / /var/lib rw - xfs /dev/vdb rw",
        "31 30 0:40 / /var/lib/a\\040b rw shared:3 master:1 - tmpfs tmpfs rw,size=4m",
        "no mount at all",
    ];

    [Theory]
    [InlineData("/srv/store.db", "/dev/vda (ext4 on /)")]
    [InlineData("/var/libelle/store.db", "/dev/vda (ext4 on /)")]
    [InlineData("/var/lib/proa/store.db", "/dev/vdb (xfs on /var/lib)")]
    [InlineData("/var/lib/a b/store.db", "tmpfs (tmpfs on /var/lib/a b)")]
    public void Of_IsTheInnermostMount(string path, string device) => Assert.Equal(device, DiskDevice.Of(path, s_mounts));

    [Fact]
    public void Of_NothingMounted_IsThePath() => Assert.Equal("/a", DiskDevice.Of("/a", []));
}

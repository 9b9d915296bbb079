using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Clusters;

public sealed class VolumeBindingTests
{
    [Fact]
    public async Task Claim_OfSeveralVolumes_GetsTheSmallestThatFits()
    {
        await using var cluster = await TestCluster.StartAsync();
        await VolumeAsync(cluster, "large", "5Gi");
        await VolumeAsync(cluster, "fits", "2Gi");
        await VolumeAsync(cluster, "small", "500Mi");
        await cluster.WaitAsync<PersistentVolume>(null, "fits", volume => volume.Status.Phase == "Available");
        await cluster.WaitAsync<PersistentVolume>(null, "large", volume => volume.Status.Phase == "Available");
        await ClaimAsync(cluster, "c");

        var claim = await cluster.WaitAsync<PersistentVolumeClaim>("default", "c", found => found.Status.Phase == "Bound");

        Assert.Equal("fits", claim.Spec.VolumeName);
        Assert.Equal("2Gi", claim.Status.Capacity["storage"].ToString());
        Assert.Equal("yes", claim.Metadata.Annotations["pv.kubernetes.io/bind-completed"]);
        var volume = await cluster.WaitAsync<PersistentVolume>(null, "fits", found => found.Status.Phase == "Bound");
        Assert.Equal(claim.Metadata.Uid, volume.Spec.ClaimRef!.Uid);
    }

    [Fact]
    public async Task Claim_Deleted_ReleasesItsVolume()
    {
        await using var cluster = await TestCluster.StartAsync();
        await ClaimAsync(cluster, "c");
        await VolumeAsync(cluster, "v", "1Gi");
        await cluster.WaitAsync<PersistentVolumeClaim>("default", "c", found => found.Status.Phase == "Bound");

        await cluster.Client.DeleteAsync<PersistentVolumeClaim>("default", "c", DeleteRequest.Default, cluster.Ct);

        await cluster.WaitAsync<PersistentVolume>(null, "v", volume => volume.Status.Phase == "Released");
    }

    [Fact]
    public async Task Node_New_IsToldHowLongToKeepThings()
    {
        await using var cluster = await TestCluster.StartAsync();

        await cluster.WaitAsync<Node>(null, "n1", node => node.Metadata.Annotations.GetValueOrDefault("node.alpha.kubernetes.io/ttl") == "0");
    }

    private static Task<string> VolumeAsync(TestCluster cluster, string name, string size) => cluster.CreateAsync(
        $$"""{"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"{{name}}"},"spec":{"capacity":{"storage":"{{size}}"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/x"} } }""");

    private static Task<string> ClaimAsync(TestCluster cluster, string name) => cluster.CreateAsync(
        $$"""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{{name}}"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }""");
}

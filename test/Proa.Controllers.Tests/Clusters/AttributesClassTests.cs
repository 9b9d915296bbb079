using Proa.Api.Models.Core;
using Proa.Api.Models.Storage;
using Proa.Client;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Clusters;

public sealed class AttributesClassTests
{
    [Fact]
    public async Task DeletedClass_ThatAClaimAsksFor_GoesWithTheClaim()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("""{"apiVersion":"storage.k8s.io/v1","kind":"VolumeAttributesClass","metadata":{"name":"fast"},"driverName":"d.example.com","parameters":{"iops":"9"} }""");
        await cluster.WaitAsync<VolumeAttributesClass>(null, "fast", found => found.Metadata.Finalizers.Contains("kubernetes.io/vac-protection"));
        await cluster.CreateAsync(
            """{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{"volumeAttributesClassName":"fast","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }""");

        await cluster.Client.DeleteAsync<VolumeAttributesClass>(null, "fast", DeleteRequest.Default, cluster.Ct);

        await cluster.WaitAsync<VolumeAttributesClass>(null, "fast", found => found.Metadata.DeletionTimestamp is not null);
        await cluster.Client.DeleteAsync<PersistentVolumeClaim>("default", "c", DeleteRequest.Default, cluster.Ct);
        await cluster.WaitAllAsync<VolumeAttributesClass>(null, all => all.Count == 0);
    }
}

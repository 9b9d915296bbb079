using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Controllers.Tests.Support;

namespace Proa.Controllers.Tests.Clusters;

public sealed class QuotaTests
{
    [Fact]
    public async Task Quota_ObjectsComeAndGo_StatusTellsWhatIsUsed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");
        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"secrets":"5","count/leases.coordination.k8s.io":"3"}}}""");
        await cluster.WaitAsync<ResourceQuota>("default", "q", quota => quota.Status.Used.GetValueOrDefault("secrets").Value == 1 && quota.Status.Hard.Count == 2);

        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"t"}}""");
        await cluster.CreateAsync("""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"t"}}""");
        await cluster.WaitAsync<ResourceQuota>("default", "q", quota =>
            quota.Status.Used.GetValueOrDefault("secrets").Value == 2 && quota.Status.Used.GetValueOrDefault("count/leases.coordination.k8s.io").Value == 1);

        await cluster.Client.DeleteAsync<Secret>("default", "s", DeleteRequest.Default, cluster.Ct);
        await cluster.WaitAsync<ResourceQuota>("default", "q", quota => quota.Status.Used.GetValueOrDefault("secrets").Value == 1);
    }

    [Fact]
    public async Task Claim_DeletedWhileInUse_StaysUntilThePodIsGone()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        await cluster.CreateAsync("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n1","terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"c"}}]}}""");

        await cluster.Client.DeleteAsync<PersistentVolumeClaim>("default", "c", DeleteRequest.Default, cluster.Ct);
        await cluster.WaitAsync<PersistentVolumeClaim>("default", "c", claim => claim.Metadata.DeletionTimestamp is not null);
        await cluster.Client.DeleteAsync<Pod>("default", "p", DeleteRequest.Default, cluster.Ct);

        await cluster.WaitAllAsync<PersistentVolumeClaim>("default", claims => claims.Count == 0);
    }
}

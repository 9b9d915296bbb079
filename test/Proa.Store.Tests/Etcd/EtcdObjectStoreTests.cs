namespace Proa.Store.Tests.Etcd;

[Collection(EtcdCollection.Name)]
public sealed class EtcdObjectStoreTests(EtcdCluster cluster) : ObjectStoreContract
{
    private protected override async Task<IObjectStore> OpenAsync()
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        return await EtcdStores.OpenAsync(EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix()));
    }
}

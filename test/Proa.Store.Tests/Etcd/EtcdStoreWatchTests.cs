using Proa.Store.Index;
using Proa.Store.Tests.Index;

namespace Proa.Store.Tests.Etcd;

[Collection(EtcdCollection.Name)]
public sealed class EtcdStoreWatchTests(EtcdCluster cluster) : StoreWatchContract
{
    private protected override async Task<IObjectStore> OpenAsync(TimeProvider time, HistoryLimits limits)
    {
        Assert.SkipUnless(EtcdCluster.IsThere, "needs etcd");
        return await EtcdStores.OpenAsync(EtcdStores.Options(cluster.Endpoints, EtcdStores.NewPrefix()), time, limits);
    }
}

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// Tests that share three members, each under a prefix of its own. One after the other: revisions are those of the whole etcd.
/// </summary>
[CollectionDefinition(Name)]
public sealed class EtcdCollection : ICollectionFixture<EtcdCluster>
{
    public const string Name = "etcd";
}

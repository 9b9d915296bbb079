using Proa.Client.Grpc;

namespace Proa.Store.Etcd;

/// <summary>One endpoint and what is known of it.</summary>
internal sealed class EtcdMember(Uri address, GrpcClient client) : IDisposable
{
    public Uri Address { get; } = address;

    public GrpcClient Client { get; } = client;

    /// <summary>It has said that it belongs to the cluster, and not failed since.</summary>
    public bool IsKnown { get; set; }

    public void Dispose() => Client.Dispose();
}

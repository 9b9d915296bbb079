using Google.Protobuf;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>A method of etcd's API: its path, and how its answer is read.</summary>
/// <param name="Header">The part of each answer that tells the cluster and its revision.</param>
internal sealed record EtcdMethod<TResponse>(string Path, MessageParser<TResponse> Parser, Func<TResponse, ResponseHeader?> Header)
    where TResponse : class, IMessage<TResponse>;

internal static class EtcdCalls
{
    public const string Watch = "/etcdserverpb.Watch/Watch";

    public static readonly EtcdMethod<RangeResponse> Range = new("/etcdserverpb.KV/Range", RangeResponse.Parser, static r => r.Header);
    public static readonly EtcdMethod<PutResponse> Put = new("/etcdserverpb.KV/Put", PutResponse.Parser, static r => r.Header);
    public static readonly EtcdMethod<DeleteRangeResponse> DeleteRange =
        new("/etcdserverpb.KV/DeleteRange", DeleteRangeResponse.Parser, static r => r.Header);

    public static readonly EtcdMethod<TxnResponse> Txn = new("/etcdserverpb.KV/Txn", TxnResponse.Parser, static r => r.Header);
    public static readonly EtcdMethod<CompactionResponse> Compact = new("/etcdserverpb.KV/Compact", CompactionResponse.Parser, static r => r.Header);
    public static readonly EtcdMethod<LeaseGrantResponse> LeaseGrant =
        new("/etcdserverpb.Lease/LeaseGrant", LeaseGrantResponse.Parser, static r => r.Header);

    public static readonly EtcdMethod<StatusResponse> Status = new("/etcdserverpb.Maintenance/Status", StatusResponse.Parser, static r => r.Header);
}

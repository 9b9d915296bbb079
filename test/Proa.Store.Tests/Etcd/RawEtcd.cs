using Google.Protobuf;
using Proa.Client.Grpc;
using Proa.Store.Etcd;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Tests.Etcd;

/// <summary>etcd itself, beside any store: what others would see and write.</summary>
internal sealed class RawEtcd(Uri address) : IDisposable
{
    private readonly GrpcClient _client = GrpcClient.To(address, new GrpcClientOptions { ConnectTimeout = TimeSpan.FromSeconds(5) }, TimeProvider.System);

    public async Task<TResponse> CallAsync<TResponse>(EtcdMethod<TResponse> method, IMessage request)
        where TResponse : class, IMessage<TResponse> =>
        (await _client.CallAsync(method.Path, request, method.Parser, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Value;

    public async Task<List<KeyValue>> RangeAsync(string prefix)
    {
        var key = ByteString.CopyFromUtf8(prefix);
        return [.. (await CallAsync(EtcdCalls.Range, new RangeRequest { Key = key, RangeEnd = EtcdKeys.EndOf(key) })).Kvs];
    }

    public async Task<long> PutAsync(string key, string value) =>
        (await CallAsync(EtcdCalls.Put, PutOf(key, value))).Header.Revision;

    /// <summary>Several changes in one revision.</summary>
    public async Task<long> TogetherAsync(params RequestOp[] changes) =>
        (await CallAsync(EtcdCalls.Txn, new TxnRequest { Success = { changes } })).Header.Revision;

    public async Task CompactAsync(long revision) => await CallAsync(EtcdCalls.Compact, new CompactionRequest { Revision = revision });

    public static RequestOp Put(string key, string value) => new() { RequestPut = PutOf(key, value) };

    public static RequestOp Delete(string key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) } };

    public void Dispose() => _client.Dispose();

    private static PutRequest PutOf(string key, string value) =>
        new() { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) };
}

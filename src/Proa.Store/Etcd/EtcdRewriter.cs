using Google.Protobuf;
using Proa.Client.Grpc;
using Proa.Store.Encryption;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// Writes values anew that are not as they would be written now, each by a transaction that compares its revision: what somebody
/// else writes meanwhile is written by the keys of now, too.
/// </summary>
internal sealed class EtcdRewriter(EtcdMembers members, EtcdKeys keys, IValueTransformer values, EtcdFeed feed)
{
    private const int Page = 100;

    /// <returns>How many were.</returns>
    /// <exception cref="IOException">etcd refused.</exception>
    /// <exception cref="StoreOpenException">One cannot be read or written: a key is not there.</exception>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var (from, all, last) = (keys.All, 0, 0L);
        while (true)
        {
            var page = Must(await members.CallAsync(EtcdCalls.Range, new RangeRequest { Key = from, RangeEnd = keys.AllEnd, Limit = Page }, ct));
            foreach (var pair in page.Kvs)
            {
                if (keys.TryParse(pair.Key.Span, out var key) && values.IsStale(key.Value, pair.Value.Span) && await RewriteAsync(key.Value, pair, ct) is { } revision)
                {
                    (all, last) = (all + 1, revision);
                }
            }
            if (!page.More || page.Kvs.Count == 0)
            {
                break;
            }
            from = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
        await feed.ReachAsync(last);
        return all;
    }

    /// <returns>Null: somebody else wrote it.</returns>
    private async Task<long?> RewriteAsync(ObjectKey key, KeyValue pair, CancellationToken ct)
    {
        var renewed = values.ToDisk(key, values.FromDisk(key, pair.Value.Span));
        var answer = Must(await members.CallAsync(
            EtcdCalls.Txn,
            new TxnRequest
            {
                Compare = { new Compare { Key = pair.Key, Target = Compare.Types.CompareTarget.Mod, ModRevision = pair.ModRevision } },
                Success = { new RequestOp { RequestPut = new PutRequest { Key = pair.Key, Value = UnsafeByteOperations.UnsafeWrap(renewed), Lease = pair.Lease } } },
            },
            ct));
        return answer.Succeeded ? answer.Header.Revision : null;
    }

    private static TResponse Must<TResponse>(GrpcResult<TResponse> answer) where TResponse : class =>
        answer.Ok ? answer.Value : throw new IOException($"etcd refused: {answer.Status.Message}");
}

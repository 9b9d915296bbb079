using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Proa.Client.Grpc;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>
/// Single keys of etcd, outside the objects: what servers agree on before they open the store. And how its members are.
/// Thread-safe.
/// </summary>
public sealed class EtcdEntries : IDisposable
{
    private readonly EtcdMembers _members;

    private EtcdEntries(EtcdMembers members) => _members = members;

    /// <exception cref="StoreOpenException">No endpoint can be used: which, and what each said.</exception>
    public static async Task<EtcdEntries> OpenAsync(EtcdOptions options, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var members = new EtcdMembers(options, time, logger);
        try
        {
            await members.ConnectAsync(ct);
            return new(members);
        }
        catch
        {
            members.Dispose();
            throw;
        }
    }

    /// <summary>Asks each member how it is; none needs to answer.</summary>
    public static async Task<IReadOnlyList<EtcdMemberHealth>> HealthAsync(EtcdOptions options, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        using var members = new EtcdMembers(options, time, logger);
        return await members.HealthAsync(ct);
    }

    /// <summary>The newest value; null: there is no such key.</summary>
    /// <exception cref="StoreOpenException">No member answers, or the client may not read.</exception>
    public async Task<byte[]?> GetAsync(string key, CancellationToken ct)
    {
        var answer = Must(await _members.CallAsync(EtcdCalls.Range, new RangeRequest { Key = ByteString.CopyFromUtf8(key) }, ct), "read");
        return answer.Kvs.Count == 0 ? null : answer.Kvs[0].Value.ToByteArray();
    }

    /// <summary>Puts a key that is not there yet.</summary>
    /// <returns>False: it is there, and is left as it is.</returns>
    /// <exception cref="StoreOpenException">No member answers, or the client may not write.</exception>
    public async Task<bool> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken ct)
    {
        var name = ByteString.CopyFromUtf8(key);
        return Must(
            await _members.CallAsync(
                EtcdCalls.Txn,
                new TxnRequest
                {
                    Compare = { new Compare { Key = name, Target = Compare.Types.CompareTarget.Version, Version = 0 } },
                    Success = { new RequestOp { RequestPut = new PutRequest { Key = name, Value = ByteString.CopyFrom(value.Span) } } },
                },
                ct),
            "written").Succeeded;
    }

    public void Dispose() => _members.Dispose();

    private static TResponse Must<TResponse>(GrpcResult<TResponse> answer, string what) where TResponse : class => answer.Ok
        ? answer.Value
        : throw new StoreOpenException("etcd", $"cannot be {what}: {answer.Status.Message}", "Check the members, their space and the client's rights.");
}

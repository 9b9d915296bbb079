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
            members.Started();
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

    /// <summary>Replaces a key that has this value.</summary>
    /// <returns>False: it has another one, and is left as it is.</returns>
    /// <exception cref="StoreOpenException">No member answers, or the client may not write.</exception>
    public async Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> known, ReadOnlyMemory<byte> value, CancellationToken ct)
    {
        var name = ByteString.CopyFromUtf8(key);
        return Must(
            await _members.CallAsync(
                EtcdCalls.Txn,
                new TxnRequest
                {
                    Compare = { new Compare { Key = name, Target = Compare.Types.CompareTarget.Value, Value = ByteString.CopyFrom(known.Span) } },
                    Success = { new RequestOp { RequestPut = new PutRequest { Key = name, Value = ByteString.CopyFrom(value.Span) } } },
                },
                ct),
            "written").Succeeded;
    }

    /// <summary>How many keys begin so.</summary>
    /// <exception cref="StoreOpenException">No member answers, or the client may not read.</exception>
    public async Task<long> CountAsync(string prefix, CancellationToken ct)
    {
        var from = ByteString.CopyFromUtf8(prefix);
        return Must(await _members.CallAsync(EtcdCalls.Range, new RangeRequest { Key = from, RangeEnd = EtcdKeys.EndOf(from), CountOnly = true }, ct), "read").Count;
    }

    /// <summary>Removes a key, or does nothing.</summary>
    /// <exception cref="StoreOpenException">No member answers, or the client may not write.</exception>
    public async Task DeleteAsync(string key, CancellationToken ct) =>
        Must(await _members.CallAsync(EtcdCalls.DeleteRange, new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) }, ct), "written");

    /// <summary>Removes all keys that begin so.</summary>
    /// <exception cref="StoreOpenException">No member answers, or the client may not write.</exception>
    public async Task DeleteAllAsync(string prefix, CancellationToken ct)
    {
        var from = ByteString.CopyFromUtf8(prefix);
        Must(await _members.CallAsync(EtcdCalls.DeleteRange, new DeleteRangeRequest { Key = from, RangeEnd = EtcdKeys.EndOf(from) }, ct), "written");
    }

    /// <summary>
    /// Raises etcd's revision to at least this one, by writes to one key: etcd has no other way. Old revisions are compacted
    /// on the way, so that they take no space.
    /// </summary>
    /// <param name="progress">Told the revision now and then.</param>
    /// <exception cref="StoreOpenException">No member answers, or the client may not write.</exception>
    public async Task RaiseRevisionAsync(string key, long revision, Action<long> progress, CancellationToken ct)
    {
        const int Stretch = 50_000;
        var name = ByteString.CopyFromUtf8(key);
        var at = await PutAsync();
        while (at < revision)
        {
            var count = (int)Math.Min(Stretch, revision - at);
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 256, CancellationToken = ct }, async (_, _) => await PutAsync());
            at = await PutAsync();
            Must(await _members.CallAsync(EtcdCalls.Compact, new CompactionRequest { Revision = at }, ct), "compacted");
            progress(at);
        }
        await DeleteAsync(key, ct);

        async Task<long> PutAsync() => Must(await _members.CallAsync(EtcdCalls.Put, new PutRequest { Key = name }, ct), "written").Header.Revision;
    }

    public void Dispose() => _members.Dispose();

    private static TResponse Must<TResponse>(GrpcResult<TResponse> answer, string what) where TResponse : class => answer.Ok
        ? answer.Value
        : throw new StoreOpenException("etcd", $"cannot be {what}: {answer.Status.Message}", "Check the members, their space and the client's rights.");
}

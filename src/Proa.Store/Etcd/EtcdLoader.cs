using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Proa.Client.Grpc;
using Proa.Store.Etcd.Rpc;
using Proa.Store.Index;

namespace Proa.Store.Etcd;

/// <summary>Reads everything as it is at one revision, in pages whose size follows that of the objects.</summary>
internal sealed partial class EtcdLoader(EtcdMembers members, EtcdKeys keys, EtcdObjects objects, ILogger logger)
{
    private const int FirstPage = 500;
    private const int LargestPage = 10_000;
    private const int PageBytes = 4 << 20;

    /// <param name="strict">What cannot be read is an error; otherwise it is logged and left out.</param>
    /// <exception cref="StoreOpenException">Something is there that cannot be read.</exception>
    /// <returns>The revision, or why etcd did not tell.</returns>
    public async Task<(long Revision, IReadOnlyDictionary<string, ObjectTree> Trees, GrpcStatus Status)> LoadAsync(bool strict, CancellationToken ct)
    {
        var loaded = new LoadedTrees();
        var from = keys.All;
        long revision = 0;
        var limit = FirstPage;
        while (true)
        {
            var request = new RangeRequest { Key = from, RangeEnd = keys.AllEnd, Limit = limit, Revision = revision };
            var answer = await members.CallAsync(EtcdCalls.Range, request, ct);
            if (answer is { Ok: false, Status.Code: GrpcCode.ResourceExhausted } && limit > 1)
            {
                limit = Math.Max(1, limit / 4);
                continue;
            }
            if (!answer.Ok)
            {
                if (answer.Status.Message.Contains("compacted", StringComparison.Ordinal))
                {
                    // It took longer than a compaction's interval: once more, at a revision of now.
                    (loaded, from, revision) = (new LoadedTrees(), keys.All, 0);
                    continue;
                }
                return (0, loaded.Build(static _ => { }), answer.Status);
            }
            var page = answer.Value;
            revision = revision == 0 ? page.Header.Revision : revision;
            foreach (var pair in page.Kvs)
            {
                Add(loaded, pair, strict);
            }
            if (!page.More || page.Kvs.Count == 0)
            {
                return (revision, loaded.Build(static _ => { }), GrpcStatus.Ok);
            }
            from = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
            limit = page.CalculateSize() < PageBytes ? Math.Min(LargestPage, limit * 2) : Math.Max(1, limit / 2);
        }
    }

    private void Add(LoadedTrees loaded, KeyValue pair, bool strict)
    {
        if (!keys.TryParse(pair.Key.Span, out var key))
        {
            return;
        }
        try
        {
            loaded.Add(objects.Read(key.Value, pair));
        }
        catch (Exception error) when (error is StoreOpenException or FormatException)
        {
            var name = pair.Key.ToStringUtf8();
            if (strict)
            {
                throw error as StoreOpenException ?? new StoreOpenException(
                    name, $"in etcd cannot be read: {error.Message}", "Mend or delete that key with etcdctl.", error);
            }
            LogUnreadable(name, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} in etcd cannot be read and is left out: {Reason}")]
    private partial void LogUnreadable(string key, string reason);
}

using System.Text;
using Proa.ApiServer.Objects;
using Proa.Store;

namespace Proa.ApiServer.Bootstrap;

/// <summary>
/// Makes what a fresh cluster must have, and puts back what is missing of it. All writes are queued at once, so that they share
/// a commit; where nothing is missing nothing is written, and all that is done is to compare bytes.
/// </summary>
public sealed class Bootstrapper(BootstrapOptions options, IObjectStore store, ObjectIndexer indexer, TimeProvider time)
{
    /// <summary>Completes when all of it is durable. To be called before anything else reads or writes the store.</summary>
    /// <returns>How many objects were written.</returns>
    /// <exception cref="IOException">The store cannot write.</exception>
    public async Task<int> EnsureAsync(CancellationToken ct)
    {
        var now = Metadata.Time(time.GetUtcNow());
        var writes = new List<ValueTask<WriteResult>>();
        foreach (var wanted in BootstrapObjects.Read(options, now))
        {
            if (Request(wanted, store, indexer, now) is { } request)
            {
                writes.Add(store.WriteAsync(request, ct));
            }
        }
        foreach (var write in writes)
        {
            // Exists, Conflict: another server that starts does the same.
            var result = await write;
            if (result.Outcome == WriteOutcome.Unavailable)
            {
                throw new IOException($"the cluster's first objects cannot be written: {result.Error}");
            }
        }
        return writes.Count;
    }

    /// <summary>What makes an object as it should be; null: it is so.</summary>
    internal static WriteRequest? Request(BootstrapObject wanted, IObjectStore store, ObjectIndexer indexer, string now) =>
        store.Get(wanted.Key) is { } there ? Reconciliation.Of(wanted, there, indexer) : Create(wanted, indexer, now);

    private static WriteRequest Create(BootstrapObject wanted, ObjectIndexer indexer, string now)
    {
        var marker = "\"metadata\":{"u8;
        var offset = wanted.Json.Span.IndexOf(marker) + marker.Length;
        var identity = Encoding.ASCII.GetBytes($"\"uid\":\"{Guid.NewGuid()}\",\"creationTimestamp\":\"{now}\",");
        var json = new byte[wanted.Json.Length + identity.Length];
        wanted.Json.Span[..offset].CopyTo(json);
        identity.CopyTo(json.AsSpan(offset));
        wanted.Json.Span[offset..].CopyTo(json.AsSpan(offset + identity.Length));
        return new()
        {
            Key = wanted.Key,
            Kind = WriteKind.Create,
            Json = json,
            RevisionOffset = offset,
            Index = indexer(wanted.Key.Resource, json),
        };
    }
}

using System.Text.Json;
using Proa.Store.Commit;
using Proa.Store.Etcd.Rpc;

namespace Proa.Store.Etcd;

/// <summary>Makes the index's objects of etcd's key-value pairs. Thread-safe.</summary>
internal sealed class EtcdObjects(EtcdValues values, ObjectIndexer indexer)
{
    /// <exception cref="StoreOpenException">It is encrypted, and no key opens it.</exception>
    /// <exception cref="FormatException">Not an object of the API.</exception>
    public StoredObject Read(in ObjectKey key, KeyValue pair)
    {
        var (json, offset) = values.FromEtcd(key, pair.Value.Span);
        try
        {
            return Make(key, pair, json, offset, indexer(key.Resource, json));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new FormatException($"it is not an object: {error.Message}", error);
        }
    }

    public static StoredObject Make(in ObjectKey key, KeyValue pair, ReadOnlyMemory<byte> json, int offset, ObjectIndex index) => new()
    {
        Key = key,
        Revision = pair.ModRevision,
        CreateRevision = pair.CreateRevision,
        Json = RevisionText.Insert(json.Span, offset, pair.ModRevision),
        Index = index,
    };
}

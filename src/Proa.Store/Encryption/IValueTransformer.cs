namespace Proa.Store.Encryption;

/// <summary>Between an object's JSON and the bytes on the disk, or in etcd. Thread-safe.</summary>
internal interface IValueTransformer
{
    /// <summary>What is kept: under the first provider of the object's resource, or the JSON itself.</summary>
    /// <exception cref="StoreOpenException">There is no key to write with.</exception>
    ReadOnlyMemory<byte> ToDisk(in ObjectKey key, ReadOnlyMemory<byte> json);

    /// <summary>Reads what any provider of the object's resource wrote.</summary>
    /// <returns>The JSON, in an array of its own.</returns>
    /// <exception cref="StoreOpenException">It cannot be read.</exception>
    byte[] FromDisk(in ObjectKey key, ReadOnlySpan<byte> value);

    /// <summary>Whether <see cref="ToDisk"/> would now use another provider or key than the one that wrote this.</summary>
    bool IsStale(in ObjectKey key, ReadOnlySpan<byte> value);
}

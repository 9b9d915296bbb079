namespace Proa.Store.Encryption;

/// <summary>Between an object's JSON and the bytes on the disk.</summary>
internal interface IValueTransformer
{
    ReadOnlyMemory<byte> ToDisk(in ObjectKey key, ReadOnlyMemory<byte> json);

    /// <returns>The JSON, in an array of its own.</returns>
    /// <exception cref="StoreOpenException">It cannot be read.</exception>
    byte[] FromDisk(in ObjectKey key, ReadOnlySpan<byte> value);
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Proa.Store.Backends.Sqlite;

/// <summary>CRC-32C over all of a row: SQLite checks how pages hang together, not what is in them.</summary>
internal static class RowChecksum
{
    public static uint Of(long id, long revision, in ObjectKey key, ReadOnlySpan<byte> value)
    {
        var crc = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)id), (ulong)revision);
        crc = Add(crc, key.Resource);
        crc = Add(crc, key.Namespace);
        crc = Add(crc, key.Name);
        return ~Add(crc, value);
    }

    /// <summary>Of the store's revision.</summary>
    public static uint Of(long revision) => ~BitOperations.Crc32C(uint.MaxValue, (ulong)revision);

    private static uint Add(uint crc, string text)
    {
        crc = BitOperations.Crc32C(crc, (uint)text.Length);
        return AddBytes(crc, MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes) => AddBytes(BitOperations.Crc32C(crc, (uint)bytes.Length), bytes);

    private static uint AddBytes(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var last in bytes)
        {
            crc = BitOperations.Crc32C(crc, last);
        }
        return crc;
    }
}

using System.Buffers.Binary;

namespace Proa.Network.Nftables;

/// <summary>What a part of a set's key stands for.</summary>
internal enum NftField
{
    Source,
    Destination,
    Protocol,
    Port,
    Number,

    /// <summary>The packet's priority: four bytes that a chain may use as it likes on a connection's first packet.</summary>
    Priority,
}

/// <summary>
/// The kernel takes a set's key for bytes. What they mean is noted beside the set for the program <c>nft</c>, so that it can
/// list the table, and read again what it listed: its <c>typeof</c> declarations, as nft 1.0 writes them.
/// </summary>
internal static class NftTypes
{
    private const byte Concatenation = 0x0d;
    private const byte Payload = 0x07;
    private const byte Meta = 0x09;
    private const byte NumberGenerator = 0x17;

    /// <summary>nft's numbers of the types, six bits each.</summary>
    public static uint Number(ReadOnlySpan<NftField> fields)
    {
        uint number = 0;
        foreach (var field in fields)
        {
            number = number << 6 | field switch
            {
                NftField.Source or NftField.Destination => 7u,
                NftField.Protocol => 12,
                NftField.Port => 13,
                NftField.Priority => 23,
                _ => 4,
            };
        }
        return number;
    }

    public static byte[] UserData(ReadOnlySpan<NftField> key, ReadOnlySpan<NftField> value)
    {
        // The second says whether a value is in the machine's order.
        byte[] data = [.. Value(0, 0), .. Value(1, value is [NftField.Priority] ? 1u : 0), .. Item(3, TypeOf(key))];
        return value.Length == 0 ? [.. data, .. Value(6, 0)] : [.. data, .. Item(4, TypeOf(value)), .. Value(6, 0)];
    }

    private static byte[] TypeOf(ReadOnlySpan<NftField> fields)
    {
        if (fields.Length == 1)
        {
            return Expression(fields[0]);
        }
        byte[] parts = [];
        for (var i = 0; i < fields.Length; i++)
        {
            parts = [.. parts, .. Item((byte)i, Expression(fields[i]))];
        }
        return [.. Value(0, Concatenation), .. Item(1, parts)];
    }

    private static byte[] Expression(NftField field) => field switch
    {
        NftField.Source => PayloadOf(header: 0x0c, what: 0x0b),
        NftField.Destination => PayloadOf(header: 0x0c, what: 0x0c),
        NftField.Port => PayloadOf(header: 0x0b, what: 0x02),
        NftField.Protocol => [.. Value(0, Meta), .. Item(1, Value(0, 0x10))],
        NftField.Priority => [.. Value(0, Meta), .. Item(1, Value(0, 0x02))],
        _ => [.. Value(0, NumberGenerator), .. Item(1, [.. Value(0, 1), .. Value(1, 2), .. Value(2, 0)])],
    };

    private static byte[] PayloadOf(uint header, uint what) => [.. Value(0, Payload), .. Item(1, [.. Value(0, header), .. Value(1, what)])];

    private static byte[] Value(byte type, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Item(type, bytes);
    }

    private static byte[] Item(byte type, byte[] value) => [type, (byte)value.Length, .. value];
}

using System.Buffers.Binary;

namespace Proa.Network.Dns;

/// <summary>A record in a message: where its parts are.</summary>
internal readonly record struct DnsRecord(int Start, ushort Type, ushort Class, int TtlAt, uint Ttl, int Data, int DataLength);

/// <summary>Reads messages that came from outside: every step is measured, and names cannot run in circles.</summary>
internal static class DnsReader
{
    private const int MaximumPointers = 32;

    /// <returns>Where the name that starts here ends, or -1.</returns>
    public static int SkipName(ReadOnlySpan<byte> message, int at)
    {
        while (at < message.Length)
        {
            var length = message[at];
            if (length == 0)
            {
                return at + 1;
            }
            if (length >= 0xc0)
            {
                return at + 2 <= message.Length ? at + 2 : -1;
            }
            if (length > 63)
            {
                return -1;
            }
            at += length + 1;
        }
        return -1;
    }

    /// <summary>Writes a name out in full.</summary>
    /// <returns>Its length, or -1.</returns>
    public static int ExpandName(ReadOnlySpan<byte> message, int at, Span<byte> name)
    {
        var count = 0;
        var pointers = 0;
        while (at < message.Length)
        {
            int length = message[at];
            if (length >= 0xc0)
            {
                if (at + 1 >= message.Length || ++pointers > MaximumPointers)
                {
                    return -1;
                }
                at = (length & 0x3f) << 8 | message[at + 1];
                continue;
            }
            if (length > 63 || at + 1 + length > message.Length || count + 1 + length > Math.Min(name.Length, DnsName.MaximumLength))
            {
                return -1;
            }
            message.Slice(at, length + 1).CopyTo(name[count..]);
            count += length + 1;
            if (length == 0)
            {
                return count;
            }
            at += length + 1;
        }
        return -1;
    }

    /// <summary>Reads the record at a place, and moves on.</summary>
    public static bool TryRecord(ReadOnlySpan<byte> message, ref int at, out DnsRecord record)
    {
        record = default;
        var end = SkipName(message, at);
        if (end < 0 || end + 10 > message.Length)
        {
            return false;
        }
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[(end + 8)..]);
        if (end + 10 + length > message.Length)
        {
            return false;
        }
        record = new DnsRecord(
            at, BinaryPrimitives.ReadUInt16BigEndian(message[end..]), BinaryPrimitives.ReadUInt16BigEndian(message[(end + 2)..]),
            end + 4, BinaryPrimitives.ReadUInt32BigEndian(message[(end + 4)..]), end + 10, length);
        at = end + 10 + length;
        return true;
    }
}

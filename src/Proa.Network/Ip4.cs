using System.Buffers.Binary;
using System.Net;

namespace Proa.Network;

/// <summary>An IPv4 address as a number in host order: four bytes, compared and hashed as such.</summary>
internal readonly record struct Ip4(uint Value) : IComparable<Ip4>
{
    public static readonly Ip4 Any = new(0);

    public static readonly Ip4 Loopback = new(0x7f000001);

    public static Ip4 From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        return address.TryWriteBytes(bytes, out var count) && count == 4
            ? Read(bytes)
            : throw new ArgumentException($"{address} is not an IPv4 address");
    }

    public static Ip4 Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    /// <summary>Strict dotted decimal: four numbers without leading zeros.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ip4 address)
    {
        uint value = 0;
        for (var i = 0; i < 4; i++)
        {
            var end = i < 3 ? text.IndexOf('.') : text.Length;
            if (end is < 1 or > 3 || (end > 1 && text[0] == '0'))
            {
                address = default;
                return false;
            }
            uint part = 0;
            foreach (var c in text[..end])
            {
                if (!char.IsAsciiDigit(c))
                {
                    address = default;
                    return false;
                }
                part = part * 10 + (uint)(c - '0');
            }
            if (part > 255)
            {
                address = default;
                return false;
            }
            value = value << 8 | part;
            text = i < 3 ? text[(end + 1)..] : default;
        }
        address = new Ip4(value);
        return true;
    }

    public bool In(IPNetwork range) => (Value & Mask(range.PrefixLength)) == From(range.BaseAddress).Value;

    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt32BigEndian(bytes, Value);

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[4];
        Write(bytes);
        return new IPAddress(bytes);
    }

    public int CompareTo(Ip4 other) => Value.CompareTo(other.Value);

    public override string ToString() => $"{Value >> 24}.{Value >> 16 & 255}.{Value >> 8 & 255}.{Value & 255}";

    private static uint Mask(int prefix) => prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);
}

using System.Buffers.Binary;

namespace Proa.Api.Protobuf;

internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>A cursor over protobuf's wire format. Throws <see cref="FormatException"/> on anything that is not.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private WireType _wire;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Moves to the next field; its value must be read or skipped before the next call. False at the end.</summary>
    public bool Next(out int number, out WireType wire)
    {
        number = 0;
        wire = default;
        if (_rest.IsEmpty)
        {
            return false;
        }
        var tag = Varint();
        _wire = wire = (WireType)(tag & 7);
        if (tag >> 3 is 0 or > 536870911 || wire is not (WireType.Varint or WireType.Fixed64 or WireType.Bytes or WireType.Fixed32))
        {
            throw Malformed();
        }
        number = (int)(tag >> 3);
        return true;
    }

    public ulong Varint()
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }
        throw Malformed();
    }

    public ulong Fixed64()
    {
        if (_rest.Length < 8)
        {
            throw Malformed();
        }
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        if (_wire != WireType.Bytes)
        {
            throw Malformed();
        }
        var length = Varint();
        if (length > (ulong)_rest.Length)
        {
            throw Malformed();
        }
        var value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return value;
    }

    public void Skip()
    {
        switch (_wire)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Fixed64();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            default:
                if (_rest.Length < 4)
                {
                    throw Malformed();
                }
                _rest = _rest[4..];
                break;
        }
    }

    private static FormatException Malformed() => new("the protobuf message is malformed");
}

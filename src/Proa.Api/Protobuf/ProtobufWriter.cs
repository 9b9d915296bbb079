using System.Buffers;
using System.Buffers.Binary;

namespace Proa.Api.Protobuf;

/// <summary>Appends fields in protobuf's wire format. For one writer.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(64);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Clear() => _buffer.ResetWrittenCount();

    public void Raw(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    public void Varint(int number, ulong value)
    {
        Tag(number, WireType.Varint);
        Varint(value);
    }

    public void Fixed64(int number, ulong value)
    {
        Tag(number, WireType.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    public void Bytes(int number, ReadOnlySpan<byte> bytes)
    {
        Tag(number, WireType.Bytes);
        Varint((ulong)bytes.Length);
        _buffer.Write(bytes);
    }

    private void Tag(int number, WireType wire) => Varint(((ulong)number << 3) | (ulong)wire);

    private void Varint(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }
        span[length++] = (byte)value;
        _buffer.Advance(length);
    }
}

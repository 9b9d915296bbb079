using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Proa.Network.Netlink;

/// <summary>
/// Writes netlink messages one after another into one growing buffer: header, family header, attributes (length, type,
/// value, each padded to four bytes). Not thread-safe.
/// </summary>
internal sealed class NetlinkWriter
{
    public const ushort Request = 0x1;
    public const ushort Ack = 0x4;
    public const ushort Dump = 0x300;
    public const ushort Excl = 0x200;
    public const ushort Create = 0x400;
    public const ushort Replace = 0x100;
    public const ushort Append = 0x800;

    private const ushort Nested = 0x8000;

    private byte[] _buffer = new byte[1024];
    private int _length;
    private int _message;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    /// <summary>Where the message that was begun last begins.</summary>
    public int MessageStart => _message;

    public void Clear() => _length = 0;

    public void Begin(ushort type, ushort flags, uint sequence)
    {
        _message = _length;
        var header = Take(16);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)(flags | Request));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
    }

    public void End() => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_message), _length - _message);

    /// <summary>Adds flags to the message that was begun last.</summary>
    public void AddFlags(ushort flags)
    {
        var at = _buffer.AsSpan(_message + 6);
        BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(at) | flags));
    }

    /// <summary>The family's fixed header: any unmanaged struct.</summary>
    public void Struct<T>(in T value) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in value, 1));
        bytes.CopyTo(Take(bytes.Length));
    }

    public void Attr(ushort type, ReadOnlySpan<byte> value) => value.CopyTo(Value(type, value.Length));

    /// <summary>Attributes that are encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> attributes) => attributes.CopyTo(Take(attributes.Length));

    public void Attr(ushort type) => Value(type, 0);

    /// <summary>In the machine's order, as rtnetlink has it.</summary>
    public void AttrU32(ushort type, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Value(type, 4), value);

    public void AttrU8(ushort type, byte value) => Value(type, 1)[0] = value;

    /// <summary>In network order, as nfnetlink has it.</summary>
    public void AttrBe16(ushort type, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Value(type, 2), value);

    public void AttrBe32(ushort type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Value(type, 4), value);

    public void AttrBe64(ushort type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Value(type, 8), value);

    /// <summary>A string with its final zero.</summary>
    public void AttrString(ushort type, string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Value(type, count + 1));
    }

    /// <returns>To be given to <see cref="EndNested"/>.</returns>
    public int BeginNested(ushort type)
    {
        var start = _length;
        BinaryPrimitives.WriteUInt16LittleEndian(Take(4)[2..], (ushort)(type | Nested));
        return start;
    }

    public void EndNested(int start) => BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(start), checked((ushort)(_length - start)));

    private Span<byte> Value(ushort type, int length)
    {
        var attribute = Take(4 + Align(length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, checked((ushort)(4 + length)));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute[2..], type);
        return attribute.Slice(4, length);
    }

    /// <summary>The next bytes, zeroed.</summary>
    private Span<byte> Take(int length)
    {
        if (_length + length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + length));
        }
        var span = _buffer.AsSpan(_length, length);
        span.Clear();
        _length += length;
        return span;
    }

    private static int Align(int length) => (length + 3) & ~3;
}

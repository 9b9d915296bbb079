using System.Buffers.Binary;

namespace Proa.Client.Streams.Spdy;

/// <summary>
/// A frame's eight bytes of head. Data: a clear bit and 31 bits of stream id; control: a set bit, 15 bits of version (3) and
/// 16 of type; then for both 8 bits of flags and 24 of length.
/// </summary>
internal readonly record struct SpdyFrame(bool IsControl, SpdyFrameType Type, int StreamId, byte Flags, int Length)
{
    public const int HeadSize = 8;
    public const int MaxLength = 0xFFFFFF;
    public const byte Fin = 1;
    public const byte Unidirectional = 2;
    private const ushort Version = 3;

    public bool IsFin => (Flags & Fin) != 0;

    public static SpdyFrame Data(int streamId, byte flags, int length) => new(false, default, streamId, flags, length);

    public static SpdyFrame Control(SpdyFrameType type, byte flags, int length) => new(true, type, 0, flags, length);

    /// <exception cref="SpdyException">A control frame of another version.</exception>
    public static SpdyFrame Read(ReadOnlySpan<byte> head)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(head);
        var second = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        var flags = (byte)(second >> 24);
        var length = (int)(second & MaxLength);
        if ((first & 0x80000000) == 0)
        {
            return Data((int)first, flags, length);
        }
        var version = (ushort)(first >> 16 & 0x7FFF);
        return version == Version
            ? Control((SpdyFrameType)(first & 0xFFFF), flags, length)
            : throw new SpdyException($"the peer speaks version {version} of SPDY, not 3");
    }

    public void Write(Span<byte> head)
    {
        BinaryPrimitives.WriteUInt32BigEndian(head, IsControl ? 0x80000000u | Version << 16 | (uint)Type : (uint)StreamId);
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)Flags << 24 | (uint)Length);
    }
}

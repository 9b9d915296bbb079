using System.Buffers.Binary;

namespace Proa.Network.Dns;

/// <summary>Messages over TCP: two bytes of length before each.</summary>
internal static class DnsStream
{
    /// <returns>Null at the stream's end.</returns>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken ct)
    {
        var head = new byte[2];
        if (await stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, ct) < 2)
        {
            return null;
        }
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
        return await stream.ReadAtLeastAsync(message, message.Length, throwOnEndOfStream: false, ct) < message.Length ? null : message;
    }

    public static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        var framed = new byte[message.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(2));
        await stream.WriteAsync(framed, ct);
    }
}

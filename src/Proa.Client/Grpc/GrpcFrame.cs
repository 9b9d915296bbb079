using System.Buffers.Binary;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Proa.Client.Grpc;

/// <summary>
/// gRPC's framing of a message: a byte that tells compression (never used here), a big-endian length, the message.
/// </summary>
internal static class GrpcFrame
{
    private const int HeaderSize = 5;
    private const int MaxMessage = 64 << 20;

    public static HttpContent Content(IMessage message)
    {
        var size = message.CalculateSize();
        var frame = new byte[HeaderSize + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        message.WriteTo(frame.AsSpan(HeaderSize));
        var content = new ByteArrayContent(frame);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return content;
    }

    /// <returns>The next message, or null at the stream's end.</returns>
    /// <exception cref="InvalidDataException">A compressed or oversized frame.</exception>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken ct)
        where T : class, IMessage<T>
    {
        var header = new byte[HeaderSize];
        var read = await stream.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, ct);
        if (read == 0)
        {
            return null;
        }
        if (read < HeaderSize)
        {
            throw new EndOfStreamException("a gRPC frame ended in its header");
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1));
        if (header[0] != 0 || length is < 0 or > MaxMessage)
        {
            throw new InvalidDataException($"a gRPC frame of {length} bytes, compression {header[0]}");
        }
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, ct);
        return parser.ParseFrom(body);
    }
}

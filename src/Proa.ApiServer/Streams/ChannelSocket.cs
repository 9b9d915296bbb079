using System.Buffers;
using System.Net.WebSockets;
using System.Text;

namespace Proa.ApiServer.Streams;

/// <summary>
/// A WebSocket that carries several channels: the first byte of a message is the channel's number. In the base64 form, for
/// clients that cannot send bytes, it is a digit and the rest is base64. One reader; any number of writers.
/// </summary>
internal sealed class ChannelSocket(WebSocket socket, bool base64) : IDisposable
{
    private const int MaxMessage = 32 << 10;

    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>
    /// Reads until the client closes or the connection breaks. A long message comes in parts; the callback is awaited, and so
    /// holds the client back.
    /// </summary>
    public async Task ReadAllAsync(Func<byte, ReadOnlyMemory<byte>, ValueTask> received, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMessage + 1);
        try
        {
            var message = new List<byte>();
            int channel = -1;
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer.AsMemory(), ct);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }
                if (base64)
                {
                    // Base64 is decoded as a whole; such clients send keystrokes.
                    message.AddRange(buffer.AsSpan(0, result.Count));
                    if (result.EndOfMessage && message.Count > 0)
                    {
                        await received((byte)(message[0] - '0'), Convert.FromBase64String(Encoding.ASCII.GetString([.. message[1..]])));
                        message.Clear();
                    }
                    continue;
                }
                var data = buffer.AsMemory(0, result.Count);
                if (channel < 0 && data.Length > 0)
                {
                    channel = data.Span[0];
                    data = data[1..];
                }
                if (channel >= 0 && (data.Length > 0 || result.EndOfMessage))
                {
                    await received((byte)channel, data);
                }
                if (result.EndOfMessage)
                {
                    channel = -1;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or FormatException or ObjectDisposedException)
        {
            // A broken connection ends the session like a closed one.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <exception cref="IOException">The client is gone.</exception>
    public async ValueTask SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        do
        {
            var part = data.Length > MaxMessage ? data[..MaxMessage] : data;
            data = data[part.Length..];
            await SendPartAsync(channel, part, ct);
        }
        while (data.Length > 0);
    }

    public async Task CloseAsync(CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", ct);
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
        {
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => socket.Dispose();

    private async ValueTask SendPartAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        byte[]? rented = null;
        ReadOnlyMemory<byte> message;
        if (base64)
        {
            message = Encoding.ASCII.GetBytes($"{(char)('0' + channel)}{Convert.ToBase64String(data.Span)}");
        }
        else
        {
            rented = ArrayPool<byte>.Shared.Rent(data.Length + 1);
            rented[0] = channel;
            data.CopyTo(rented.AsMemory(1));
            message = rented.AsMemory(0, data.Length + 1);
        }
        await _writing.WaitAsync(ct);
        try
        {
            await socket.SendAsync(message, base64 ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, ct);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException("the client is gone", e);
        }
        finally
        {
            _writing.Release();
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}

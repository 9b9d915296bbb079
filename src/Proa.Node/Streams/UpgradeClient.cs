using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Proa.Client.Streams.Spdy;

namespace Proa.Node.Streams;

/// <summary>Opens a SPDY connection at a streaming URL of the runtime, by an HTTP/1.1 upgrade.</summary>
internal static class UpgradeClient
{
    private const string Protocol = "v4.channel.k8s.io";
    private const int MaxHead = 16 << 10;

    /// <returns>The connection, not yet running; or what the runtime answered instead.</returns>
    /// <exception cref="IOException">The runtime does not answer, or not in HTTP.</exception>
    public static async Task<(SpdyConnection? Connection, string? Error)> ConnectAsync(Uri url, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        NetworkStream? stream = null;
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, ct);
            stream = new NetworkStream(socket, ownsSocket: true);
            var request = $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Length: 0\r\nConnection: Upgrade\r\n"
                + $"Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: {Protocol}\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), ct);
            var head = await ReadHeadAsync(stream, ct);
            if (head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
            {
                var connection = new SpdyConnection(stream, SpdyRole.Client);
                stream = null;
                return (connection, null);
            }
            return (null, await ReadErrorAsync(stream, head, ct));
        }
        catch (SocketException e)
        {
            throw new IOException($"the runtime's streaming server does not answer: {e.Message}", e);
        }
        finally
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
            else if (!socket.Connected)
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>Byte by byte: what follows the head belongs to the next protocol.</summary>
    private static async Task<string> ReadHeadAsync(NetworkStream stream, CancellationToken ct)
    {
        var head = new List<byte>(512);
        var one = new byte[1];
        while (head.Count < MaxHead)
        {
            await stream.ReadExactlyAsync(one, ct);
            head.Add(one[0]);
            if (head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n')
            {
                return Encoding.ASCII.GetString([.. head]);
            }
        }
        throw new IOException("the runtime's streaming server answers with a head that does not end");
    }

    private static async Task<string> ReadErrorAsync(NetworkStream stream, string head, CancellationToken ct)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(line.AsSpan(15), CultureInfo.InvariantCulture, out var length) && length is > 0 and < 1 << 20)
            {
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, ct);
                return Encoding.UTF8.GetString(body).Trim();
            }
        }
        return head.Split("\r\n")[0];
    }
}

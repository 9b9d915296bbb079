using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Shop;

/// <summary>
/// One connection to Redis (RESP 2): commands go one after another, a broken connection is made anew at the next command.
/// The packaged clients' dependencies cannot be had everywhere; the few commands of the shop do not need them.
/// </summary>
internal sealed class RedisConnection(string endpoint, string password)
{
    private readonly SemaphoreSlim _turn = new(1);
    private BufferedStream? _stream;

    public async Task<bool> PingAsync()
    {
        try
        {
            return await CallAsync("PING") is "PONG";
        }
        catch (Exception e) when (e is IOException or SocketException or RedisException)
        {
            return false;
        }
    }

    /// <summary>A string, a long, an object?[] or null, as Redis answered.</summary>
    /// <exception cref="RedisException">Redis refused the command.</exception>
    public async Task<object?> CallAsync(params string[] command)
    {
        await _turn.WaitAsync();
        try
        {
            _stream ??= await ConnectAsync();
            return await SendAsync(_stream, command);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _stream?.Dispose();
            _stream = null;
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<Dictionary<string, string>> HashAsync(string key)
    {
        var items = (object?[])(await CallAsync("HGETALL", key))!;
        return items.Chunk(2).ToDictionary(pair => (string)pair[0]!, pair => (string)pair[1]!);
    }

    private async Task<BufferedStream> ConnectAsync()
    {
        var colon = endpoint.LastIndexOf(':');
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint[..colon], int.Parse(endpoint[(colon + 1)..], CultureInfo.InvariantCulture));
        var stream = new BufferedStream(new NetworkStream(socket, ownsSocket: true));
        await SendAsync(stream, ["AUTH", password]);
        return stream;
    }

    private static async Task<object?> SendAsync(BufferedStream stream, string[] command)
    {
        var text = new StringBuilder($"*{command.Length}\r\n");
        foreach (var part in command)
        {
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        }
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()));
        await stream.FlushAsync();
        return await ReadAsync(stream);
    }

    private static async Task<object?> ReadAsync(BufferedStream stream)
    {
        var line = await LineAsync(stream);
        var rest = line[1..];
        switch (line[0])
        {
            case '+':
                return rest;
            case '-':
                throw new RedisException(rest);
            case ':':
                return long.Parse(rest, CultureInfo.InvariantCulture);
            case '$' when rest == "-1":
                return null;
            case '$':
                var bytes = new byte[int.Parse(rest, CultureInfo.InvariantCulture)];
                await stream.ReadExactlyAsync(bytes);
                await LineAsync(stream);
                return Encoding.UTF8.GetString(bytes);
            case '*':
                var items = new object?[Math.Max(0, int.Parse(rest, CultureInfo.InvariantCulture))];
                for (var i = 0; i < items.Length; i++)
                {
                    items[i] = await ReadAsync(stream);
                }
                return items;
            default:
                throw new IOException($"unexpected answer from Redis: {line}");
        }
    }

    private static async Task<string> LineAsync(BufferedStream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one);
            if (one[0] == '\n')
            {
                return line.ToString();
            }
            if (one[0] != '\r')
            {
                line.Append((char)one[0]);
            }
        }
    }
}

internal sealed class RedisException(string message) : Exception(message);

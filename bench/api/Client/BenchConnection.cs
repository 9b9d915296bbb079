using System.Buffers.Text;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Proa.Bench.Api.Client;

/// <summary>
/// One HTTP/1.1 connection over TLS, one request at a time, as lean as it can be: the client shares the server's cores, and what
/// it costs is not to be told as the server's.
/// </summary>
internal sealed class BenchConnection : IAsyncDisposable
{
    private readonly SslStream _stream;
    private readonly byte[] _host;
    private readonly BodyBytes _refusal = new();
    private byte[] _out = new byte[4096];
    private byte[] _in = new byte[32 * 1024];
    private int _start;
    private int _end;

    private BenchConnection(SslStream stream, byte[] host) => (_stream, _host) = (stream, host);

    public static async Task<BenchConnection> OpenAsync(Uri server, string token, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port, ct);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = server.Host, RemoteCertificateValidationCallback = static (_, _, _, _) => true }, ct);
        return new(stream, Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {token}\r\nUser-Agent: bench\r\nAccept: application/json\r\n"));
    }

    /// <param name="sink">Null: the body is dropped.</param>
    public async ValueTask<Answer> SendAsync(string method, string path, ReadOnlyMemory<byte> body, IBodySink? sink, CancellationToken ct)
    {
        await _stream.WriteAsync(Request(method, path, body.Span), ct);
        int head;
        while ((head = _in.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync(ct);
        }
        var headers = _in.AsMemory(_start, head + 2);
        _start += head + 4;
        Utf8Parser.TryParse(headers.Span[9..12], out int code, out _);
        // What went wrong is worth reading.
        _refusal.Clear();
        var reader = code < 300 ? sink : _refusal;
        var length = Header(headers.Span, "Content-Length: "u8) is { IsEmpty: false } text && Utf8Parser.TryParse(text, out long known, out _)
            ? await ReadAsync(known, reader, ct)
            : await ReadChunksAsync(reader, ct);
        return new(code, length);
    }

    /// <summary>The same, where only one code will do.</summary>
    /// <exception cref="InvalidOperationException">Another came.</exception>
    public async ValueTask<long> ExpectAsync(int code, string method, string path, ReadOnlyMemory<byte> body, IBodySink? sink, CancellationToken ct)
    {
        var answer = await SendAsync(method, path, body, sink, ct);
        return answer.Code == code ? answer.Length : throw new InvalidOperationException($"{method} {path}: {answer.Code} {_refusal}");
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private ReadOnlyMemory<byte> Request(string method, string path, ReadOnlySpan<byte> body)
    {
        var most = method.Length + path.Length + _host.Length + body.Length + 100;
        if (_out.Length < most)
        {
            _out = new byte[most * 2];
        }
        var length = Encoding.ASCII.GetBytes(method, _out);
        _out[length++] = (byte)' ';
        length += Encoding.ASCII.GetBytes(path, _out.AsSpan(length));
        _host.CopyTo(_out, length);
        length += _host.Length;
        if (!body.IsEmpty)
        {
            length += Encoding.ASCII.GetBytes("Content-Type: application/json\r\nContent-Length: ", _out.AsSpan(length));
            body.Length.TryFormat(_out.AsSpan(length), out var digits, provider: CultureInfo.InvariantCulture);
            length += digits;
            length += Encoding.ASCII.GetBytes("\r\n", _out.AsSpan(length));
        }
        length += Encoding.ASCII.GetBytes("\r\n", _out.AsSpan(length));
        body.CopyTo(_out.AsSpan(length));
        return _out.AsMemory(0, length + body.Length);
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        var at = headers.IndexOf(name);
        if (at < 0)
        {
            return default;
        }
        var value = headers[(at + name.Length)..];
        return value[..value.IndexOf((byte)'\r')];
    }

    private async ValueTask<long> ReadAsync(long length, IBodySink? sink, CancellationToken ct)
    {
        for (var left = length; left > 0;)
        {
            if (_start == _end)
            {
                await FillAsync(ct);
            }
            var part = (int)Math.Min(left, _end - _start);
            sink?.Take(_in.AsSpan(_start, part));
            _start += part;
            left -= part;
        }
        return length;
    }

    private async ValueTask<long> ReadChunksAsync(IBodySink? sink, CancellationToken ct)
    {
        for (long length = 0; ;)
        {
            int line;
            while ((line = _in.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
            {
                await FillAsync(ct);
            }
            Utf8Parser.TryParse(_in.AsSpan(_start, line), out long size, out _, 'x');
            _start += line + 2;
            length += await ReadAsync(size, sink, ct);
            await ReadAsync(2, null, ct);
            if (size == 0)
            {
                return length;
            }
        }
    }

    private async ValueTask FillAsync(CancellationToken ct)
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _in.Length)
        {
            if (_start == 0)
            {
                Array.Resize(ref _in, _in.Length * 2);
            }
            _in.AsSpan(_start, _end - _start).CopyTo(_in);
            (_start, _end) = (0, _end - _start);
        }
        var read = await _stream.ReadAsync(_in.AsMemory(_end), ct);
        _end += read > 0 ? read : throw new EndOfStreamException("the server closed the connection");
    }
}

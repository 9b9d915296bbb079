using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Proa.Client.Streams.Spdy;

/// <summary>
/// One end of a SPDY/3.1 connection over a duplex byte stream, as Kubernetes uses it: to containerd, and to older clients
/// or through a WebSocket to newer ones. <see cref="RunAsync"/> must run for anything to arrive. Thread-safe.
/// Flow-control windows are neither granted nor obeyed: the other implementations in the field do neither.
/// </summary>
public sealed class SpdyConnection : IAsyncDisposable
{
    private const int MaxStreams = 4096;
    private const uint ResetProtocolError = 1;
    private const uint ResetRefused = 3;
    private const uint ResetCancel = 5;

    private readonly Stream _transport;
    private readonly bool _isServer;
    private readonly SpdyHeaderEncoder _encoder = new();
    private readonly SpdyHeaderDecoder _decoder = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<int, SpdyStream> _streams = new();
    private readonly Channel<SpdyStream> _accepted = Channel.CreateUnbounded<SpdyStream>();
    private int _nextId;
    private int _lastRemoteId;
    private volatile bool _over;

    /// <param name="transport">Owned by the connection from now on.</param>
    public SpdyConnection(Stream transport, SpdyRole role)
    {
        _transport = transport;
        _isServer = role == SpdyRole.Server;
        _nextId = _isServer ? 2 : 1;
    }

    /// <summary>The streams that the peer opens, in order; completes when the connection is over.</summary>
    public ChannelReader<SpdyStream> Accepted => _accepted.Reader;

    /// <summary>Reads until the peer goes away, breaks the protocol or the token is cancelled; then every stream is over.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        Exception? error = null;
        try
        {
            await ReadAllAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            error = new SpdyException("the connection was closed");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            error = e as SpdyException ?? new SpdyException($"the connection broke: {e.Message}");
        }
        finally
        {
            _over = true;
            foreach (var stream in _streams.Values)
            {
                stream.EndLocally();
                // An orderly end of the connection ends what streams were still open, as closing a socket would.
                stream.EndRemote(error);
                stream.SetRefused();
            }
            _streams.Clear();
            _accepted.Writer.TryComplete();
            _decoder.Dispose();
        }
    }

    /// <summary>Opens a stream and waits until the peer accepts it: data sent before that may be dropped by the peer.</summary>
    /// <exception cref="SpdyException">Refused, or the connection is over.</exception>
    public async Task<SpdyStream> OpenAsync(SpdyHeaders headers, CancellationToken ct)
    {
        SpdyStream stream;
        await _writing.WaitAsync(ct);
        try
        {
            // Ids must go up in the order in which they are sent.
            stream = new SpdyStream(this, _nextId, headers);
            _nextId += 2;
            _streams[stream.Id] = stream;
            if (_over)
            {
                throw new SpdyException("the connection is over");
            }
            var body = new ArrayBufferWriter<byte>(256);
            BinaryPrimitives.WriteInt32BigEndian(body.GetSpan(10), stream.Id);
            body.GetSpan(10)[4..10].Clear();
            body.Advance(10);
            _encoder.Encode(headers.All, body);
            await WriteFrameAsync(SpdyFrame.Control(SpdyFrameType.SynStream, 0, body.WrittenCount), body.WrittenMemory, ct);
        }
        finally
        {
            _writing.Release();
        }
        await stream.Replied.WaitAsync(ct);
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        _over = true;
        await _transport.DisposeAsync();
        _accepted.Writer.TryComplete();
        await _writing.WaitAsync();
        _encoder.Dispose();
        _writing.Release();
    }

    internal async Task SendDataAsync(int streamId, byte flags, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            // A frame that was begun must be finished, or the whole connection is out of step: no cancellation from here.
            await WriteFrameAsync(SpdyFrame.Data(streamId, flags, data.Length), data, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    internal Task SendResetAsync(int streamId) => SendResetAsync(streamId, ResetCancel);

    internal void Forget(SpdyStream stream)
    {
        if (stream.IsOver)
        {
            Remove(stream);
        }
    }

    internal void Remove(SpdyStream stream) => _streams.TryRemove(stream.Id, out _);

    private async Task SendResetAsync(int streamId, uint reason)
    {
        try
        {
            await SendControlAsync(SpdyFrameType.RstStream, (uint)streamId, reason);
        }
        catch (IOException)
        {
            // The connection is over, and the stream with it.
        }
    }

    private async Task SendControlAsync(SpdyFrameType type, params uint[] words)
    {
        var body = new byte[words.Length * 4];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(i * 4), words[i]);
        }
        await _writing.WaitAsync();
        try
        {
            await WriteFrameAsync(SpdyFrame.Control(type, 0, body.Length), body, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>To be called with the right to write.</summary>
    private async Task WriteFrameAsync(SpdyFrame frame, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        if (_over)
        {
            throw new SpdyException("the connection is over");
        }
        var buffer = ArrayPool<byte>.Shared.Rent(SpdyFrame.HeadSize + body.Length);
        try
        {
            frame.Write(buffer);
            body.CopyTo(buffer.AsMemory(SpdyFrame.HeadSize));
            await _transport.WriteAsync(buffer.AsMemory(0, SpdyFrame.HeadSize + body.Length), ct);
            await _transport.FlushAsync(ct);
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            throw new SpdyException("the connection is over");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task ReadAllAsync(CancellationToken ct)
    {
        var head = new byte[SpdyFrame.HeadSize];
        while (true)
        {
            if (await _transport.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct) is var got && got < head.Length)
            {
                if (got > 0)
                {
                    throw new SpdyException("the connection ended within a frame");
                }
                return;
            }
            var frame = SpdyFrame.Read(head);
            var body = ArrayPool<byte>.Shared.Rent(Math.Max(frame.Length, 1));
            try
            {
                await _transport.ReadExactlyAsync(body.AsMemory(0, frame.Length), ct);
                var content = body.AsMemory(0, frame.Length);
                if (frame is { IsControl: true, Type: SpdyFrameType.GoAway })
                {
                    return;
                }
                await (frame.IsControl ? ControlAsync(frame, content) : DataAsync(frame, content, ct));
            }
            catch (EndOfStreamException)
            {
                throw new SpdyException("the connection ended within a frame");
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(body);
            }
        }
    }

    private async Task DataAsync(SpdyFrame frame, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        if (!_streams.TryGetValue(frame.StreamId, out var stream))
        {
            return;
        }
        if (data.Length > 0)
        {
            await stream.ReceiveAsync(data, ct);
        }
        if (frame.IsFin)
        {
            stream.EndRemote(null);
            Forget(stream);
        }
    }

    private async Task ControlAsync(SpdyFrame frame, ReadOnlyMemory<byte> body)
    {
        switch (frame.Type)
        {
            case SpdyFrameType.SynStream:
                await SynStreamAsync(frame, body);
                break;
            case SpdyFrameType.SynReply:
            case SpdyFrameType.Headers:
                var known = Find(body, 4);
                // The block is read even when it says nothing: all blocks of a direction share one zlib stream.
                _decoder.Decode(body.Span[4..]);
                if (known is null)
                {
                    break;
                }
                if (frame.IsFin)
                {
                    known.EndRemote(null);
                }
                if (frame.Type == SpdyFrameType.SynReply)
                {
                    known.SetReplied();
                }
                break;
            case SpdyFrameType.RstStream:
                if (Find(body, 8) is { } reset)
                {
                    // Kubernetes' servers reset every stream when they are done: for a reader it is the end of the data.
                    reset.EndLocally();
                    reset.EndRemote(null);
                    reset.SetRefused();
                    Remove(reset);
                }
                break;
            case SpdyFrameType.Ping:
                var id = Word(body, 0);
                // Who sees an id of the other side's parity echoes it; one's own is the echo.
                if ((id & 1) == (_isServer ? 1u : 0u))
                {
                    await SendControlAsync(SpdyFrameType.Ping, id);
                }
                break;
            default:
                break;
        }
    }

    private async Task SynStreamAsync(SpdyFrame frame, ReadOnlyMemory<byte> body)
    {
        if (body.Length < 10)
        {
            throw new SpdyException("a SYN_STREAM frame is too short");
        }
        var id = (int)(Word(body, 0) & 0x7FFFFFFF);
        var headers = _decoder.Decode(body.Span[10..]);
        if ((id & 1) != (_isServer ? 1 : 0) || id <= _lastRemoteId)
        {
            await SendResetAsync(id, ResetProtocolError);
            return;
        }
        _lastRemoteId = id;
        if (_streams.Count >= MaxStreams)
        {
            await SendResetAsync(id, ResetRefused);
            return;
        }
        var stream = new SpdyStream(this, id, headers);
        if (frame.IsFin)
        {
            stream.EndRemote(null);
        }
        if ((frame.Flags & SpdyFrame.Unidirectional) != 0)
        {
            stream.EndLocally();
        }
        _streams[id] = stream;
        await ReplyAsync(id);
        _accepted.Writer.TryWrite(stream);
    }

    private async Task ReplyAsync(int id)
    {
        await _writing.WaitAsync();
        try
        {
            var body = new ArrayBufferWriter<byte>(64);
            BinaryPrimitives.WriteInt32BigEndian(body.GetSpan(4), id);
            body.Advance(4);
            _encoder.Encode([], body);
            await WriteFrameAsync(SpdyFrame.Control(SpdyFrameType.SynReply, 0, body.WrittenCount), body.WrittenMemory, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    private SpdyStream? Find(ReadOnlyMemory<byte> body, int atLeast)
    {
        if (body.Length < atLeast)
        {
            throw new SpdyException("a control frame is too short");
        }
        return _streams.GetValueOrDefault((int)(Word(body, 0) & 0x7FFFFFFF));
    }

    private static uint Word(ReadOnlyMemory<byte> body, int at) =>
        body.Length >= at + 4 ? BinaryPrimitives.ReadUInt32BigEndian(body.Span[at..]) : throw new SpdyException("a control frame is too short");
}

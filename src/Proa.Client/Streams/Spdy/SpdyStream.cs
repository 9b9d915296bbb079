using System.IO.Pipelines;

namespace Proa.Client.Streams.Spdy;

/// <summary>
/// One stream of a connection. Reading ends when the peer ends its side; <see cref="CompleteAsync"/> ends ours and leaves
/// the other open; disposing resets the stream unless both sides ended. One reader and one writer at a time.
/// </summary>
public sealed class SpdyStream : Stream
{
    private const int MaxDataFrame = 32 << 10;

    // The peers that speak SPDY to Kubernetes grant and expect no windows, so the only brake is not to read on: it is
    // pulled late, for the connection's other streams wait then too.
    private static readonly PipeOptions s_pipeOptions = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false);

    private readonly SpdyConnection _connection;
    private readonly Pipe _incoming = new(s_pipeOptions);
    private readonly TaskCompletionSource _replied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _localEnded;
    private int _remoteEnded;
    private Exception? _error;
    private volatile bool _abandoned;

    internal SpdyStream(SpdyConnection connection, int id, SpdyHeaders headers)
    {
        _connection = connection;
        Id = id;
        Headers = headers;
    }

    public int Id { get; }

    /// <summary>The headers with which the opener opened it.</summary>
    public SpdyHeaders Headers { get; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal bool IsOver => _localEnded != 0 && _remoteEnded != 0;

    /// <summary>Completes when the peer accepted the stream that this side opened.</summary>
    internal Task Replied => _replied.Task;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }
        var result = await _incoming.Reader.ReadAsync(cancellationToken);
        var available = result.Buffer;
        var count = (int)Math.Min(available.Length, buffer.Length);
        var taken = available.Slice(0, count);
        var at = buffer.Span;
        foreach (var part in taken)
        {
            part.Span.CopyTo(at);
            at = at[part.Length..];
        }
        _incoming.Reader.AdvanceTo(taken.End);
        // What arrived before the connection broke is still good; only then is the break told.
        return count == 0 && _error is not null ? throw new SpdyException(_error.Message) : count;
    }

    /// <exception cref="SpdyException">This side was completed, or the connection is over.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (_localEnded != 0)
            {
                throw new SpdyException("the stream was ended");
            }
            var count = Math.Min(buffer.Length, MaxDataFrame);
            await _connection.SendDataAsync(Id, 0, buffer[..count], cancellationToken);
            buffer = buffer[count..];
        }
    }

    /// <summary>Says that no more will be written; what was written before still arrives. Repeating does nothing.</summary>
    public async Task CompleteAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _localEnded, 1) == 0)
        {
            await _connection.SendDataAsync(Id, SpdyFrame.Fin, default, ct);
            _connection.Forget(this);
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read asynchronously");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends both sides at once.</summary>
    public override async ValueTask DisposeAsync()
    {
        var wasOver = IsOver;
        EndLocally();
        _abandoned = true;
        await _incoming.Reader.CompleteAsync();
        _connection.Remove(this);
        if (!wasOver)
        {
            await _connection.SendResetAsync(Id);
        }
        GC.SuppressFinalize(this);
    }

    internal void SetReplied() => _replied.TrySetResult();

    /// <summary>Whoever still waits for the stream to be accepted waits in vain.</summary>
    internal void SetRefused()
    {
        if (_replied.TrySetException(new SpdyException("the peer refused the stream")))
        {
            _ = _replied.Task.Exception;
        }
    }

    /// <summary>Takes data, on the connection's loop; nothing happens when nobody reads any more.</summary>
    internal async ValueTask ReceiveAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        if (_remoteEnded == 0 && !_abandoned)
        {
            await _incoming.Writer.WriteAsync(data, ct);
        }
    }

    /// <summary>Nothing more arrives. To be called on the connection's loop.</summary>
    /// <param name="error">Null when the peer ended its side in order.</param>
    internal void EndRemote(Exception? error)
    {
        _error ??= error;
        if (Interlocked.Exchange(ref _remoteEnded, 1) == 0)
        {
            _incoming.Writer.Complete();
        }
    }

    internal void EndLocally() => Interlocked.Exchange(ref _localEnded, 1);
}

namespace Proa.ApiServer.Tests.Budgets;

/// <summary>Counts the lines that are written to it, and keeps nothing.</summary>
internal sealed class CountingStream : Stream
{
    private readonly Lock _gate = new();
    private int _lines;
    private int _awaited = int.MaxValue;
    private TaskCompletionSource _reached = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Completes when so many lines have come in all.</summary>
    public Task Lines(int count)
    {
        lock (_gate)
        {
            if (_lines >= count)
            {
                return Task.CompletedTask;
            }
            (_awaited, _reached) = (count, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return _reached.Task;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            _lines += buffer.Count((byte)'\n');
            if (_lines >= _awaited)
            {
                _reached.TrySetResult();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

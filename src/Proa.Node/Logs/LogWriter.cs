using System.Buffers;

namespace Proa.Node.Logs;

/// <summary>Turns lines of a log file into what a client asked for. Not thread-safe.</summary>
internal sealed class LogWriter(LogReadOptions options, Stream output)
{
    private const int FlushAt = 32 << 10;

    private readonly ArrayBufferWriter<byte> _pending = new(4096);
    private long _left = options.LimitBytes ?? long.MaxValue;
    private bool _atLineStart = true;

    /// <summary>The client has as many bytes as it wants.</summary>
    public bool IsFull => _left <= 0;

    public bool ShouldFlush => _pending.WrittenCount >= FlushAt;

    public void Add(ReadOnlySpan<byte> line)
    {
        if (!LogLine.TryParse(line, out var parsed) || options.Since is { } since && parsed.ParseTime() < since)
        {
            return;
        }
        if (options.Timestamps && _atLineStart)
        {
            Write(parsed.Time);
            Write(" "u8);
        }
        Write(parsed.Text);
        if (!parsed.IsPartial)
        {
            Write("\n"u8);
        }
        _atLineStart = !parsed.IsPartial;
    }

    public async ValueTask FlushAsync(CancellationToken ct)
    {
        if (_pending.WrittenCount > 0)
        {
            await output.WriteAsync(_pending.WrittenMemory, ct);
            await output.FlushAsync(ct);
            _pending.ResetWrittenCount();
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _left)
        {
            bytes = bytes[..(int)_left];
        }
        _pending.Write(bytes);
        _left -= bytes.Length;
    }
}

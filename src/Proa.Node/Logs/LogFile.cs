using Microsoft.Win32.SafeHandles;

namespace Proa.Node.Logs;

/// <summary>An open log file, read from an offset on, whole lines at a time. Not thread-safe.</summary>
internal sealed class LogFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private byte[] _buffer = new byte[16 << 10];
    private int _held;
    private long _offset;

    private LogFile(SafeFileHandle handle, long offset)
    {
        _handle = handle;
        _offset = offset;
    }

    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static LogFile Open(string path, long? tailLines)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new(handle, tailLines is { } lines ? LogTail.Find(handle, lines) : 0);
    }

    /// <summary>
    /// Whether what stands at the path is another file than this, and the runtime writes to it: a rotation is complete. The
    /// new file is there a moment before the runtime turns from the old one to it.
    /// </summary>
    public bool WasReplacedAt(string path)
    {
        try
        {
            using var there = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.GetLength(there) > 0 && FileIdentity.Of(there) != FileIdentity.Of(_handle);
        }
        catch (IOException)
        {
            // Between the two steps of a rotation nothing stands there.
            return false;
        }
    }

    /// <summary>Hands on all whole lines that there are now, until the writer is full.</summary>
    public async Task ReadAllAsync(LogWriter writer, CancellationToken ct)
    {
        while (!writer.IsFull)
        {
            if (_held == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
            var read = RandomAccess.Read(_handle, _buffer.AsSpan(_held), _offset);
            if (read == 0)
            {
                break;
            }
            _offset += read;
            _held += read;
            var from = 0;
            while (!writer.IsFull && _buffer.AsSpan(from, _held - from).IndexOf((byte)'\n') is var end and >= 0)
            {
                writer.Add(_buffer.AsSpan(from, end));
                from += end + 1;
            }
            _buffer.AsSpan(from, _held - from).CopyTo(_buffer);
            _held -= from;
            if (writer.ShouldFlush)
            {
                await writer.FlushAsync(ct);
            }
        }
        await writer.FlushAsync(ct);
    }

    public void Dispose() => _handle.Dispose();
}

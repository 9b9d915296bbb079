using System.Globalization;

namespace Proa.ApiServer.Audit;

/// <param name="Path"><c>-</c>: standard output.</param>
/// <param name="MaxBytes">After which the file is renamed and a new one begun; 0: never.</param>
/// <param name="MaxBackups">How many renamed files are kept; 0: all.</param>
/// <param name="MaxAge">For how long they are kept; zero: always.</param>
public sealed record AuditFileOptions(string Path, long MaxBytes, int MaxBackups, TimeSpan MaxAge);

/// <summary>
/// A file of lines that is renamed when it is full: <c>audit.log</c> becomes <c>audit-2026-01-31T12-00-00.000.log</c>. Mode 0600.
/// Thread-safe.
/// </summary>
internal sealed class AuditFile : IDisposable
{
    private readonly AuditFileOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _writing = new();
    private Stream _stream;
    private long _length;

    /// <exception cref="IOException">The file cannot be written.</exception>
    public AuditFile(AuditFileOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _stream = Open();
        Clean();
    }

    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_writing)
        {
            if (_options.MaxBytes > 0 && _length > 0 && _length + line.Length + 1 > _options.MaxBytes && _options.Path != "-")
            {
                Rotate();
            }
            _stream.Write(line);
            _stream.WriteByte((byte)'\n');
            _stream.Flush();
            _length += line.Length + 1;
        }
    }

    public void Dispose()
    {
        lock (_writing)
        {
            _stream.Dispose();
        }
    }

    private Stream Open()
    {
        if (_options.Path == "-")
        {
            return Console.OpenStandardOutput();
        }
        var stream = new FileStream(_options.Path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 16 * 1024,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        _length = stream.Length;
        return stream;
    }

    private void Rotate()
    {
        _stream.Dispose();
        var stamp = _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss.fff", CultureInfo.InvariantCulture);
        File.Move(_options.Path, Path.Combine(Folder, $"{Prefix}{stamp}{Path.GetExtension(_options.Path)}"), overwrite: true);
        _stream = Open();
        Clean();
    }

    private void Clean()
    {
        if (_options.Path == "-" || (_options.MaxBackups == 0 && _options.MaxAge == TimeSpan.Zero))
        {
            return;
        }
        var oldest = _time.GetUtcNow().UtcDateTime - _options.MaxAge;
        var backups = new DirectoryInfo(Folder).GetFiles($"{Prefix}*{Path.GetExtension(_options.Path)}").OrderByDescending(file => file.Name, StringComparer.Ordinal);
        var kept = 0;
        foreach (var file in backups)
        {
            kept++;
            if ((_options.MaxBackups > 0 && kept > _options.MaxBackups) || (_options.MaxAge > TimeSpan.Zero && file.LastWriteTimeUtc < oldest))
            {
                file.Delete();
            }
        }
    }

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(_options.Path))!;

    private string Prefix => Path.GetFileNameWithoutExtension(_options.Path) + "-";
}

using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Proa.Cluster;

/// <summary>
/// Logs to one file, a line an event: time, level, category, message. At 16 MB the file becomes <c>….1</c> and a new one begins.
/// Thread-safe.
/// </summary>
internal sealed class FileLoggerFactory : ILoggerFactory
{
    private const long MaxBytes = 16 << 20;
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private FileStream _file;

    public FileLoggerFactory(string path, TimeProvider time)
    {
        (_path, _time) = (path, time);
        _file = Open();
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("this factory writes to its file only");

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }

    private FileStream Open() => new(_path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.Read | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var line = new StringBuilder(160)
            .Append(_time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ').Append(Name(level)).Append(' ').Append(category).Append(": ").Append(message.Replace("\n", "\\n", StringComparison.Ordinal));
        if (exception is not null)
        {
            line.Append(" | ").Append(exception.ToString().Replace("\n", "\\n", StringComparison.Ordinal));
        }
        var bytes = Encoding.UTF8.GetBytes(line.Append('\n').ToString());
        lock (_gate)
        {
            if (!_file.CanWrite)
            {
                return; // the process is ending
            }
            try
            {
                _file.Write(bytes);
                if (_file.Length > MaxBytes)
                {
                    _file.Dispose();
                    File.Move(_path, _path + ".1", overwrite: true);
                    _file = Open();
                }
            }
            catch (IOException)
            {
                // A full disk must not take the cluster down; the store says so where it matters.
            }
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        LogLevel.Critical => "fatal",
        _ => "debug",
    };

    private sealed class Logger(FileLoggerFactory owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        // Kestrel tells each broken connection at Information and below; nobody reads that.
        public bool IsEnabled(LogLevel logLevel) =>
            logLevel >= (category.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Information) && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Write(logLevel, category, formatter(state, exception), exception);
            }
        }
    }
}

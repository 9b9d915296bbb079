using System.Threading.Channels;

namespace Proa.Node.Logs;

/// <summary>Reads a log file to its end, or follows it: woken by the kernel when the file grows or is rotated, never polling.</summary>
internal static class LogFollower
{
    /// <summary>What is there now.</summary>
    public static async Task ReadAsync(string path, LogReadOptions options, Stream output, CancellationToken ct)
    {
        using var file = LogFile.Open(path, options.TailLines);
        await file.ReadAllAsync(new LogWriter(options, output), ct);
    }

    /// <summary>What is there and what comes, until the container has ended and everything it wrote was read.</summary>
    /// <param name="ended">Completes when the container does not run any more.</param>
    public static async Task FollowAsync(string path, LogReadOptions options, Task ended, Stream output, CancellationToken ct)
    {
        var woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var writer = new LogWriter(options, output);
        // Armed before the first read, so that nothing falls between.
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!)
        {
            NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName,
        };
        watcher.Changed += (_, _) => woken.Writer.TryWrite(true);
        watcher.Created += (_, _) => woken.Writer.TryWrite(true);
        watcher.Renamed += (_, _) => woken.Writer.TryWrite(true);
        watcher.Error += (_, _) => woken.Writer.TryWrite(true);
        watcher.EnableRaisingEvents = true;
        _ = ended.ContinueWith(_ => woken.Writer.TryWrite(true), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var file = LogFile.Open(path, options.TailLines);
        try
        {
            while (true)
            {
                // Asked before reading: what was written before the end is read after it.
                var isLast = ended.IsCompleted;
                // The new file is there before the runtime stops writing to the old one: only its first line says that the old is over.
                var isReplaced = file.WasReplacedAt(path) && new FileInfo(path) is { Exists: true, Length: > 0 };
                await file.ReadAllAsync(writer, ct);
                if (isReplaced)
                {
                    file.Dispose();
                    file = LogFile.Open(path, null);
                    continue;
                }
                if (isLast || writer.IsFull)
                {
                    return;
                }
                await woken.Reader.ReadAsync(ct);
            }
        }
        finally
        {
            file.Dispose();
        }
    }
}

using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Configuration;

/// <summary>
/// Takes a configuration file's new content over while the server runs. What cannot be read or used is told in the log and
/// counted, and the last good one stays in force. A component: <see cref="RunAsync"/> blocks until it is over.
/// </summary>
public sealed partial class FollowedFile
{
    private readonly string _path;
    private readonly Action<string> _apply;
    private readonly ReloadMetrics? _metrics;
    private readonly ILogger _logger;
    private string _known;

    /// <param name="known">Its content that is in force already.</param>
    /// <param name="apply">Throws a <see cref="FormatException"/> for what is not usable.</param>
    public FollowedFile(string path, string known, Action<string> apply, ReloadMetrics? metrics, ILogger logger) =>
        (_path, _known, _apply, _metrics, _logger) = (Path.GetFullPath(path), known, apply, metrics, logger);

    public async Task RunAsync(CancellationToken ct)
    {
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        // The folder, as files are replaced by renaming, or by links to other folders.
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(_path)!);
        watcher.Changed += (_, _) => changes.Writer.TryWrite(true);
        watcher.Created += (_, _) => changes.Writer.TryWrite(true);
        watcher.Deleted += (_, _) => changes.Writer.TryWrite(true);
        watcher.Renamed += (_, _) => changes.Writer.TryWrite(true);
        watcher.EnableRaisingEvents = true;
        try
        {
            do
            {
                await LookAsync(ct);
            }
            while (await changes.Reader.ReadAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        try
        {
            var text = await File.ReadAllTextAsync(_path, ct);
            if (text == _known)
            {
                return;
            }
            _known = text;
            _apply(text);
            _metrics?.Succeeded();
            Reloaded(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or JsonException)
        {
            _metrics?.Failed();
            NotReloaded(_path, e.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "reloaded {Path}")]
    private partial void Reloaded(string path);

    [LoggerMessage(2, LogLevel.Error, "{Path} cannot be used, what was before stays in force: {Reason}")]
    private partial void NotReloaded(string path, string reason);
}

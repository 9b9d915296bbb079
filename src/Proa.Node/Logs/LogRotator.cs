using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.Logging;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;

namespace Proa.Node.Logs;

/// <summary>
/// Keeps containers' logs within bounds: a log that has grown over its size is moved aside and the runtime opens a new one.
/// Of those moved aside the newest stays as it is (followers may still read it), older ones are compressed, the oldest go.
/// </summary>
internal sealed partial class LogRotator(CriRuntime runtime, LogRotationOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);

    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                await RotateAllAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    /// <summary>One round. The runtime is asked nothing unless some file is too large.</summary>
    public async Task RotateAllAsync(CancellationToken ct)
    {
        if (!Directory.Exists(options.Directory))
        {
            return;
        }
        var large = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(options.Directory).EnumerateFiles("*.log", SearchOption.AllDirectories))
        {
            if (file.Length > options.MaxSize)
            {
                large.Add(file.FullName);
            }
        }
        if (large.Count == 0)
        {
            return;
        }
        var running = new ContainerFilter { State = new ContainerStateValue { State = Cri.V1.ContainerState.ContainerRunning } };
        var containers = await runtime.ListContainersAsync(running, ct);
        if (!containers.Ok)
        {
            LogFailed(containers.Status.Message);
            return;
        }
        foreach (var container in containers.Value.Containers)
        {
            var status = await runtime.ContainerStatusAsync(container.Id, verbose: false, ct);
            if (status.Ok && large.Contains(status.Value.Status.LogPath))
            {
                await RotateAsync(container.Id, status.Value.Status.LogPath, ct);
            }
        }
    }

    private async Task RotateAsync(string id, string path, CancellationToken ct)
    {
        try
        {
            MakeRoom(path);
            var aside = string.Create(CultureInfo.InvariantCulture, $"{path}.{time.GetUtcNow():yyyyMMdd-HHmmss}");
            File.Move(path, aside, overwrite: true);
            var reopened = await runtime.ReopenContainerLogAsync(id, ct);
            if (!reopened.Ok)
            {
                // The runtime goes on writing to the file it has open: it must keep the name that readers look for.
                File.Move(aside, path, overwrite: true);
                LogFailed(reopened.Status.Message);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(e.Message);
        }
    }

    /// <summary>One place is for the log in use and one for the one to be moved aside now.</summary>
    private void MakeRoom(string path)
    {
        // A search pattern would not do: "0.log.*" finds "0.log" too.
        var old = Directory.GetFiles(Path.GetDirectoryName(path)!)
            .Where(name => name.StartsWith(path + ".", StringComparison.Ordinal))
            .OrderByDescending(name => name, StringComparer.Ordinal).ToList();
        for (var i = 0; i < old.Count; i++)
        {
            if (i >= options.MaxFiles - 2 || old[i].EndsWith(".tmp", StringComparison.Ordinal))
            {
                File.Delete(old[i]);
            }
            else if (!old[i].EndsWith(".gz", StringComparison.Ordinal))
            {
                Compress(old[i]);
            }
        }
    }

    private static void Compress(string file)
    {
        var temporary = file + ".tmp";
        using (var from = File.OpenRead(file))
        using (var to = new GZipStream(File.Create(temporary), CompressionLevel.Fastest))
        {
            from.CopyTo(to);
        }
        File.Move(temporary, file + ".gz", overwrite: true);
        File.Delete(file);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A container's log could not be rotated: {Error}")]
    private partial void LogFailed(string error);
}

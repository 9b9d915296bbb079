using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;

namespace Proa.Node.Containerd;

/// <summary>
/// The cluster's own containerd, as a child in a session of its own: a Ctrl-C meant for Proa does not reach it, and it
/// outlives a Proa that was killed. The next Proa adopts it when its configuration is still the wanted one. It is started
/// again, with backoff, when it dies. When the run ends it is stopped; pods go on, their shims being nobody's children.
/// </summary>
internal sealed partial class ContainerdProcess(
    ContainerdOptions options, CriRuntime runtime, CriImages images, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_lastBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_readyPoll = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan s_readyBound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_stopBound = TimeSpan.FromSeconds(5);
    private const int FirstAttempts = 3;
    private const int SigTerm = 15;
    private const int SigKill = 9;

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the runtime answers for the first time, with the sandbox image in place.</summary>
    public Task ReadyAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    /// <summary>Runs until cancelled, then stops containerd. One that ends is started again.</summary>
    /// <exception cref="IOException">It ended several times before it ever answered: trying again would not help.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var backoff = s_firstBackoff;
        LinuxProcess? current = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                ct.ThrowIfCancellationRequested();
                var started = time.GetTimestamp();
                var config = WriteConfig();
                current = await AdoptAsync(config, ct) ?? Start(config);
                using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var exit = current.Value.WaitForExitAsync(giveUp.Token);
                var ready = BecomeReadyAsync(giveUp.Token);
                if (await Task.WhenAny(exit, ready) == ready && !await ready)
                {
                    await StopAsync(current.Value);
                }
                await exit;
                await giveUp.CancelAsync();
                current = null;
                if (attempt >= FirstAttempts && !_ready.Task.IsCompleted)
                {
                    throw new IOException($"containerd ended {attempt} times before it answered: {LastLogLine()}");
                }
                if (time.GetElapsedTime(started) > s_readyBound)
                {
                    backoff = s_firstBackoff;
                }
                LogDied(options.LogFile, backoff.TotalSeconds);
                await Task.Delay(backoff, time, ct);
                backoff = backoff * 2 > s_lastBackoff ? s_lastBackoff : backoff * 2;
            }
        }
        finally
        {
            if (current is { } process)
            {
                await StopAsync(process);
            }
            File.Delete(options.PidFile);
        }
    }

    /// <summary>Stops a containerd that an earlier run left, if there is one: for <c>reset</c>.</summary>
    public async Task StopLeftoverAsync()
    {
        if (ReadPidFile() is { } left)
        {
            await StopAsync(left.Process);
            File.Delete(options.PidFile);
        }
    }

    private string LastLogLine()
    {
        const string None = "it said nothing";
        return File.Exists(options.LogFile) ? File.ReadLines(options.LogFile).LastOrDefault(line => line.Length > 0) ?? None : None;
    }

    private string WriteConfig()
    {
        Directory.CreateDirectory(options.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(options.CniConfigDirectory);
        Directory.CreateDirectory(options.RegistryDirectory);
        var config = ContainerdConfig.Render(options, LinuxProcess.HasSysResource());
        File.WriteAllText(options.ConfigFile, config);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(config)));
    }

    private async Task<LinuxProcess?> AdoptAsync(string config, CancellationToken ct)
    {
        if (ReadPidFile() is not { } left)
        {
            return null;
        }
        if (left.Config == config && (await runtime.VersionAsync(ct)).Ok)
        {
            LogAdopted(left.Process.Pid);
            return left.Process;
        }
        await StopAsync(left.Process);
        return null;
    }

    private LinuxProcess Start(string config)
    {
        // The shell gives the child its files, which must not be pipes of ours: they would break when Proa dies.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("""exec setsid "$0" --config "$1" --log-level warn </dev/null >>"$2" 2>&1""");
        start.ArgumentList.Add(options.Binary);
        start.ArgumentList.Add(options.ConfigFile);
        start.ArgumentList.Add(options.LogFile);
        // What the shims inherit: nothing of the caller's runtime settings.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        using var child = Process.Start(start)!;
        var process = LinuxProcess.Find(child.Id) ?? new LinuxProcess(child.Id, -1);
        File.WriteAllText(options.PidFile, string.Create(CultureInfo.InvariantCulture, $"{process.Pid} {process.StartTime} {config}\n"));
        LogStarted(process.Pid);
        return process;
    }

    private (LinuxProcess Process, string Config)? ReadPidFile()
    {
        if (!File.Exists(options.PidFile))
        {
            return null;
        }
        var parts = File.ReadAllText(options.PidFile).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 3
            && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var startTime)
            && new LinuxProcess(pid, startTime) is { IsAlive: true } process
            ? (process, parts[2])
            : null;
    }

    private async Task<bool> BecomeReadyAsync(CancellationToken ct)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var version = await runtime.VersionAsync(ct);
            if (version.Ok && await EnsurePauseImageAsync(ct))
            {
                _ready.TrySetResult();
                return true;
            }
            if (time.GetElapsedTime(started) > s_readyBound)
            {
                LogSilent(version.Status.Message);
                return false;
            }
            await Task.Delay(s_readyPoll, time, ct);
        }
    }

    private async Task<bool> EnsurePauseImageAsync(CancellationToken ct)
    {
        var spec = new ImageSpec { Image = PauseImage.Name };
        var known = await images.StatusAsync(spec, verbose: false, ct);
        if (!known.Ok || known.Value.Image is not null)
        {
            return known.Ok;
        }
        var archive = Path.Combine(options.Directory, "pause.tar");
        await using (var file = File.Create(archive))
        {
            PauseImage.Write(file);
        }
        var error = await ImageImport.RunAsync(options, archive, ct);
        File.Delete(archive);
        if (error is not null)
        {
            LogNoPauseImage(error);
        }
        // The runtime learns of the new image by an event: the caller looks again.
        return false;
    }

    private async Task StopAsync(LinuxProcess process)
    {
        process.Signal(SigTerm);
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(s_stopBound, time);
        }
        catch (TimeoutException)
        {
            process.Signal(SigKill);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Started containerd, process {Pid}")]
    private partial void LogStarted(int pid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Adopted the running containerd, process {Pid}")]
    private partial void LogAdopted(int pid);

    [LoggerMessage(Level = LogLevel.Error, Message = "containerd ended; see {Log}; starting it again in {Seconds} s")]
    private partial void LogDied(string log, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "containerd does not become ready: {Reason}")]
    private partial void LogSilent(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The sandbox image could not be imported: {Reason}")]
    private partial void LogNoPauseImage(string reason);
}

using System.Diagnostics;

namespace Proa.Cluster;

/// <summary>Starts the cluster as a process of its own and waits until it is ready, or says why it is not.</summary>
internal static class DetachedStart
{
    public static async Task<int> RunAsync(UpOptions options, ClusterPaths paths, CancellationToken ct)
    {
        Directory.CreateDirectory(paths.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // setsid: Ctrl-C in this terminal is not meant for it. The shell redirects, so that no pipe of ours can break.
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec setsid \"$@\" </dev/null >\"$PROA_OUTPUT\" 2>&1");
        start.ArgumentList.Add("proa");
        start.ArgumentList.Add(Environment.ProcessPath!);
        foreach (var argument in Environment.GetCommandLineArgs().Skip(1).Where(argument => argument is not ("--detach" or "-d")))
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment["PROA_OUTPUT"] = paths.Output;

        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Armed before the start, so that the file cannot appear unseen.
        using var watcher = new FileSystemWatcher(paths.Root, Path.GetFileName(paths.RunFile));
        watcher.Renamed += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var ended = process.WaitForExitAsync(ct);
        await Task.WhenAny(ready.Task, ended);
        if (ended.IsCompleted)
        {
            await ended;
            Console.Error.Write(await File.ReadAllTextAsync(paths.Output, ct));
            return process.ExitCode == 0 ? 1 : process.ExitCode;
        }
        Console.Write(await File.ReadAllTextAsync(paths.Output, ct));
        Console.WriteLine($"the cluster runs in the background (process {process.Id}, log {paths.Log}); `proa down` stops it");
        return 0;

        void Look()
        {
            if (RunFile.Running(paths) is { Ready: true })
            {
                ready.TrySetResult();
            }
        }
    }
}

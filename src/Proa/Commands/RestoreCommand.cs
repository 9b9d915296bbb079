using System.CommandLine;
using Proa.Backup;
using Proa.Client.Http;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Commands;

internal static class RestoreCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var file = new Argument<string>("FILE") { Description = "What `proa backup` wrote" };
        var command = new Command("restore", "Put a backup in place of what a cluster holds, while it runs or stopped; what was there is kept beside it, in before-restore-*") { file, dataDir };
        command.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), Path.GetFullPath(parsed.GetValue(file)!), ct));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPaths paths, string file, CancellationToken ct)
    {
        if (ClusterConfigFile.Read(paths) is { Etcd: { } etcd })
        {
            throw new UserException(
                $"the cluster of {paths.Root} is in etcd, at {etcd.Endpoints}: a backup file is of one in a data directory",
                "restore a snapshot there, with all servers stopped (docs/high-availability.md); or restore FILE into another --data-dir, and move that with `proa migrate --to etcd`");
        }
        return RunFile.Running(paths) is { } running ? await RunningAsync(paths, running, file, ct) : await StoppedAsync(paths, file, ct);
    }

    private static async Task<int> RunningAsync(ClusterPaths paths, RunState running, string file, CancellationToken ct)
    {
        var name = RunningRestore.StagedName;
        var staged = Path.Combine(paths.Root, name);
        try
        {
            Console.WriteLine($"checking {file}");
            await BackupReader.ReadAsync(file, staged, ct);
            using var client = new HttpClusterClient(KubeConfig.Load(paths.Kubeconfig), "proa-restore");
            RestoreLine? last = null;
            var answer = await client.PostAsync($"{RestoreEndpoint.Path}?from={name}", text => last = Show(RestoreLine.Parse(text)), ct);
            if (!answer.Ok)
            {
                throw new UserException($"the cluster refused the restore: {answer.Error.Message}", "nothing was changed");
            }
            return last switch
            {
                { Done: { } done } => Say(done),
                { Problem: { } problem } => throw new UserException(problem, last.Remedy ?? $"look at {paths.Log}"),
                _ => throw new HttpIOException(HttpRequestError.ResponseEnded),
            };
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw new UserException(
                $"process {running.Pid} ended, or stopped answering, during the restore: {e.Message}",
                $"{paths.Log} says why. The objects are all of the backup or all as they were: start the cluster with `proa up`, and restore again if they are not the backup's");
        }
        catch (IOException e)
        {
            throw new UserException($"{paths.Root} cannot be written: {e.Message}", "see to the disk's free space; nothing was changed");
        }
        finally
        {
            if (Directory.Exists(staged))
            {
                Directory.Delete(staged, recursive: true);
            }
        }
    }

    private static RestoreLine Show(RestoreLine line)
    {
        if (line.Step is { } step)
        {
            Console.WriteLine(step);
        }
        return line;
    }

    private static int Say(string text)
    {
        Console.WriteLine(text);
        return 0;
    }

    private static async Task<int> StoppedAsync(ClusterPaths paths, string file, CancellationToken ct)
    {
        // Before the directory is touched: what is no backup leaves no trace.
        await BackupReader.ReadAsync(file, null, ct);
        try
        {
            using var held = DataDirectoryLock.Acquire(paths.Root);
            var (manifest, kept) = await Restore.RunAsync(paths, file, TimeProvider.System, ct);
            Console.WriteLine($"restored {paths.Root} to revision {manifest.Revision}; start it with `proa up`");
            if (kept is not null)
            {
                Console.WriteLine($"what was there is kept in {kept}: remove it when it is not needed");
            }
            return 0;
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", e.Remedy);
        }
    }
}

using System.CommandLine;
using Proa.Backup;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Commands;

internal static class RestoreCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var file = new Argument<string>("FILE") { Description = "What `proa backup` wrote" };
        var command = new Command("restore", "Put a backup in place of what a stopped data directory holds; that is kept beside it, in before-restore-*") { file, dataDir };
        command.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), Path.GetFullPath(parsed.GetValue(file)!), ct));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPaths paths, string file, CancellationToken ct)
    {
        if (RunFile.Running(paths) is { } running)
        {
            throw new UserException(
                $"a cluster runs on {paths.Root} (process {running.Pid}): its clients would see objects go back in time",
                "stop it with `proa down`, restore, and start it with `proa up`; pods go on running meanwhile. Or restore into another --data-dir");
        }
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

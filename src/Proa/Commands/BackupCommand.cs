using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Backup;
using Proa.Client.Http;
using Proa.Cluster;
using Proa.Secrets;
using Proa.Store;

namespace Proa.Commands;

internal static class BackupCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var file = new Argument<string>("FILE") { Description = "The file to write; it must not exist. It holds the cluster's keys, the one for Secrets too: keep it secret (mode 0600)" };
        var encryption = new Option<string?>(EncryptionSetting.Option) { Description = "Of a stopped cluster that is started with one: its EncryptionConfiguration", HelpName = "FILE" };
        var command = new Command("backup", "Write the whole cluster (objects at one revision, settings, keys) to a file, while it runs or stopped") { file, dataDir, encryption };
        command.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), Path.GetFullPath(parsed.GetValue(file)!), parsed.GetValue(encryption), ct));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPaths paths, string file, string? encryption, CancellationToken ct)
    {
        if (Path.Exists(file))
        {
            throw new UserException($"{file} exists already", "name a file that does not, or remove it");
        }
        if (ClusterConfigFile.Read(paths) is not { } config)
        {
            throw new UserException($"there is no cluster in {paths.Root}", "name its directory with --data-dir");
        }
        if (config.Etcd is { } etcd)
        {
            throw new UserException($"the cluster of {paths.Root} is in etcd, at {etcd.Endpoints}", "back it up there (etcdctl snapshot save), and keep a copy of pki/cluster-key");
        }
        Restore.RefuseUnfinished(paths);
        var draft = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            await using (var output = new FileStream(draft, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                await (RunFile.Running(paths) is { } running ? FromRunningAsync(paths, running, output, ct) : FromStoppedAsync(paths, encryption, output, ct));
                output.Flush(flushToDisk: true);
            }
            var manifest = await BackupReader.ReadAsync(draft, null, ct);
            File.Move(draft, file);
            Console.WriteLine($"backed up {paths.Root} at revision {manifest.Revision} to {file} ({new FileInfo(file).Length / 1e6:0.0} MB)");
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{file} cannot be written: {e.Message}", "see to the free space of both disks and the permissions");
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static async Task FromRunningAsync(ClusterPaths paths, RunState running, Stream output, CancellationToken ct)
    {
        try
        {
            using var client = new HttpClusterClient(KubeConfig.Load(paths.Kubeconfig), "proa-backup");
            var answer = await client.CopyAsync(BackupEndpoint.Path, output, ct);
            if (!answer.Ok)
            {
                throw new UserException($"the cluster refused the backup: {answer.Error.Message}", $"{paths.Log} says more");
            }
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw new UserException($"the backup from {running.Server} broke off: {e.Message}", $"look at {paths.Log}; the data directory's disk must have room for a copy of the store");
        }
    }

    private static async Task FromStoppedAsync(ClusterPaths paths, string? encryption, Stream output, CancellationToken ct)
    {
        try
        {
            using var held = DataDirectoryLock.Acquire(paths.Root);
            await using var store = await ObjectStore.OpenAsync(
                new StoreOptions { DataDirectory = paths.State, Lock = held, Encryption = EncryptionSetting.Of(encryption, paths, TimeProvider.System).Encryption },
                static (_, _) => ObjectIndex.Empty, TimeProvider.System, NullLogger.Instance);
            await BackupWriter.WriteAsync(paths, store, output, ct);
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", e.Remedy);
        }
    }
}

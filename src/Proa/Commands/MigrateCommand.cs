using System.CommandLine;
using Proa.Cluster;
using Proa.Migration;
using Proa.Secrets;
using Proa.Store;

namespace Proa.Commands;

internal static class MigrateCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var to = new Option<string>("--to") { Description = "etcd: out of the data directory; embedded: back into it", Required = true, HelpName = "etcd|embedded" };
        to.AcceptOnlyFromAmong("etcd", "embedded");
        var etcd = new EtcdFlags();
        var encryption = new Option<string?>(EncryptionSetting.Option) { Description = "Of a cluster that is started with one: its EncryptionConfiguration", HelpName = "FILE" };
        var command = new Command("migrate", "Move a stopped cluster's objects into etcd or back; its pods run on meanwhile, and notice nothing") { dataDir, to, encryption };
        etcd.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) == "etcd" != etcd.IsGiven(result))
            {
                result.AddError(etcd.IsGiven(result) ? "--etcd belongs to --to etcd: where the cluster is now is known" : "--to etcd needs --etcd: the members' client addresses");
            }
        });
        command.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), etcd.Read(parsed), parsed.GetValue(encryption), ct));
        return command;
    }

    /// <param name="etcd">Null: into the data directory.</param>
    private static async Task<int> RunAsync(ClusterPaths paths, EtcdSettings? etcd, string? encryption, CancellationToken ct)
    {
        if (RunFile.Running(paths) is { } running)
        {
            throw new UserException(
                $"a cluster runs on {paths.Root} (process {running.Pid}): what is written meanwhile would be lost", "stop it with `proa down`; pods go on running. Then migrate, and start it again");
        }
        Backup.Restore.RefuseUnfinished(paths);
        if (ClusterConfigFile.Read(paths) is not { } config)
        {
            throw new UserException($"there is no cluster in {paths.Root}", "name its directory with --data-dir");
        }
        try
        {
            using var held = DataDirectoryLock.Acquire(paths.Root);
            var values = EncryptionSetting.Of(encryption, paths, TimeProvider.System).Encryption;
            if (etcd is not null)
            {
                if (config.Etcd is { } there)
                {
                    throw new UserException($"the cluster of {paths.Root} is in etcd already, at {there.Endpoints}", "nothing is to be done: start it with `proa server` or `proa up`");
                }
                await new ToEtcd(paths, config, etcd, values, Console.Out).RunAsync(held, ct);
                Console.WriteLine($"the cluster is in etcd now; start it with `proa up` or `proa server`, and others with --cluster-key (a copy of {paths.ClusterKey})");
                return 0;
            }
            if (config.Etcd is null)
            {
                throw new UserException($"the cluster of {paths.Root} is in its data directory already", "nothing is to be done: start it with `proa up`");
            }
            await new ToEmbedded(paths, config, values, Console.Out).RunAsync(ct);
            Console.WriteLine($"the cluster is in {paths.Root} now; start it with `proa up`. What is in etcd is old, and no server starts on it");
            return 0;
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", $"{e.Remedy} Nothing was changed");
        }
    }
}

using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Client.Http;
using Proa.Cluster;
using Proa.Secrets;
using Proa.Store;

namespace Proa.Commands;

internal static class SecretsCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var file = new Option<string?>(EncryptionSetting.Option) { Description = "Of a stopped cluster that is started with one: its EncryptionConfiguration", HelpName = "FILE" };
        var rotate = new Command("rotate", "Encrypt everything anew while the cluster runs, or stopped: with a new key of the cluster's own, after which the old one is gone; with --encryption-provider-config, under each resource's first provider")
        {
            dataDir, file,
        };
        rotate.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), parsed.GetValue(file), ct));
        return new Command("secrets", "How Secrets are encrypted at rest") { rotate };
    }

    private static async Task<int> RunAsync(ClusterPaths paths, string? file, CancellationToken ct)
    {
        if (ClusterConfigFile.Read(paths) is not { } config)
        {
            throw new UserException($"there is no cluster in {paths.Root}", "name its directory with --data-dir");
        }
        if (config.Etcd is { } etcd && RunFile.Running(paths) is null)
        {
            throw new UserException($"the cluster of {paths.Root} is in etcd, at {etcd.Endpoints}, and this server does not run", "start it, or run this where one of the cluster's servers runs: they change keys together");
        }
        var count = await (RunFile.Running(paths) is not null ? RunningAsync(paths, ct) : StoppedAsync(paths, file, ct));
        Console.WriteLine($"encrypted {count} objects anew");
        return 0;
    }

    private static async Task<string> RunningAsync(ClusterPaths paths, CancellationToken ct)
    {
        using var client = new HttpClusterClient(KubeConfig.Load(paths.Kubeconfig), "proa-secrets");
        using var answer = new MemoryStream();
        try
        {
            var done = await client.PostAsync(RotationEndpoint.Path, answer, ct);
            return done.Ok
                ? Encoding.UTF8.GetString(answer.ToArray())
                : throw new UserException($"the rotation stopped: {done.Error.Message}", "nothing is lost: run it again when that is mended");
        }
        catch (HttpRequestException e)
        {
            throw new UserException($"the cluster did not answer: {e.Message}", $"look at {paths.Log}; a rotation that was begun goes on with the next start");
        }
    }

    private static async Task<string> StoppedAsync(ClusterPaths paths, string? file, CancellationToken ct)
    {
        try
        {
            using var held = DataDirectoryLock.Acquire(paths.Root);
            var options = new StoreOptions { DataDirectory = paths.State, Lock = held, Encryption = EncryptionSetting.Of(file, paths, TimeProvider.System).Encryption };
            await using var store = await ObjectStore.OpenAsync(options, static (_, _) => ObjectIndex.Empty, TimeProvider.System, NullLogger.Instance);
            return $"{await store.RotateAsync(ct)}";
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", e.Remedy);
        }
        catch (IOException e)
        {
            throw new UserException(e.Message, "see to the disk; nothing is lost: run it again");
        }
    }
}

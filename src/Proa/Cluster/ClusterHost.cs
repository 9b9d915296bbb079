using Proa.Client.Informers;
using Proa.Controllers;
using Proa.Memory;
using Proa.Scheduler;
using Proa.Sharing;
using Proa.Store;
using Proa.Terminal;

namespace Proa.Cluster;

/// <summary>
/// The composition root: makes every part of a cluster in the order in which they depend on each other, tells what is up, and
/// stops them in reverse.
/// </summary>
internal static class ClusterHost
{
    public static IEnumerable<string> ControllerNames => ControllerManager.Names;

    /// <summary>Runs until cancelled. 0: stopped cleanly; 1: a part failed, which was said on stderr.</summary>
    /// <exception cref="UserException">Something the user can mend kept the cluster from starting.</exception>
    public static async Task<int> RunAsync(UpOptions options, ClusterPaths paths, StartView view, CancellationToken ct)
    {
        var time = TimeProvider.System;
        using var held = Acquire(paths);
        CheckControllers(options);
        var config = await SettleAsync(paths, options, view, time, ct);
        using var loggers = new FileLoggerFactory(paths.Log, time);
        view.Title($"Proa {Commands.VersionCommand.Proa} (Kubernetes {Commands.VersionCommand.Kubernetes}) in {paths.Root}");

        var parts = new PartSet();
        using var node = options.NoNode ? null : await NodeParts.PrepareAsync(paths, config, time, loggers, ct);
        view.Starting("API server");
        await using var api = await CreateApiAsync(paths, config, options.Api, node, held, time, loggers, ct);
        try
        {
            await StartAsync(parts, "API server", api.ServeAsync, ct);
            ApiServer.Pki.KubeconfigWriter.Write(paths.Kubeconfig, api.Pki, $"https://{api.Address}");
            RunFile.Write(paths, $"https://{api.Address}", ready: false);
            view.Up("API server", $"https://{api.Address}");

            var informers = new InformerFactory(api.Server.ClientFor(Identities.Loopback, "proa"), time, loggers);
            parts.Start("informers", informers.RunAsync);
            var leadership = new Leadership((options.LeaderElect ?? config.Etcd is not null) ? ServerIdentity.Take(paths) : null, api, informers, time, loggers);
            parts.Start("controllers", leadership.For("kube-controller-manager", known => CreateControllers(options, config, api, known, time, loggers).RunAsync));
            if (api.Disk is { } disk)
            {
                parts.Start("disk events", new DiskEvents(disk, api.Server.ClientFor(Identities.Loopback, "proa"), node is null ? null : config.NodeName, time, loggers).RunAsync);
            }
            if (!options.NoScheduler)
            {
                var client = api.Server.ClientFor(Identities.Scheduler, "kube-scheduler");
                parts.Start("scheduler", leadership.For(
                    "kube-scheduler", known => new SchedulerLoop(client, known, new SchedulerOptions(), time, loggers.CreateLogger("Proa.Scheduler")).RunAsync));
            }
            if (node is not null)
            {
                view.Starting("node");
                await node.StartAsync(parts, api, informers, ct);
                view.Up("node", $"{config.NodeName} Ready");
            }
            parts.Start("idle trim", new IdleTrim(time).RunAsync);
            view.Line($"kubeconfig   {paths.Kubeconfig}");
            RunFile.Write(paths, $"https://{api.Address}", ready: true);
            view.Ready($"export KUBECONFIG={paths.Kubeconfig}");
            if (options.Demo)
            {
                await DemoShop.DeployAsync(paths, api.Server.ClientFor(Identities.Loopback, "proa"), view, ct);
            }
            return await WaitAsync(parts, paths, ct);
        }
        finally
        {
            await parts.StopAsync(TimeSpan.FromSeconds(10), time);
            RunFile.Remove(paths);
        }
    }

    private static DataDirectoryLock Acquire(ClusterPaths paths)
    {
        try
        {
            return DataDirectoryLock.Acquire(paths.Root);
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", e.Remedy);
        }
    }

    private static async Task<ClusterConfig> SettleAsync(ClusterPaths paths, UpOptions options, StartView view, TimeProvider time, CancellationToken ct)
    {
        var config = ClusterConfigFile.Plan(paths, options);
        try
        {
            config = config.Etcd is null ? config : await SharedIdentity.EnsureAsync(paths, config, options, view.Note, time, ct);
            ClusterConfigFile.Save(paths, config);
            return config;
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", e.Remedy);
        }
    }

    private static async Task<ApiParts> CreateApiAsync(
        ClusterPaths paths, ClusterConfig config, ApiSettings settings, NodeParts? node, DataDirectoryLock held, TimeProvider time, FileLoggerFactory loggers, CancellationToken ct)
    {
        try
        {
            return await ApiParts.CreateAsync(paths, config, settings, node?.Gateway, name => name == config.NodeName ? node?.Api : null, held, time, loggers, ct);
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"{e.Path} {e.Problem}", e.Remedy);
        }
        catch (ApiServer.Pki.PkiException e)
        {
            throw new UserException($"{e.Path}: {e.Message}", "restore the file from a backup; removing the whole pki folder makes new keys, and every kubeconfig and token is void");
        }
    }

    /// <exception cref="UserException">A name that no controller has.</exception>
    private static void CheckControllers(UpOptions options)
    {
        try
        {
            ControllerManager.Check(options.Controllers);
        }
        catch (ArgumentException e)
        {
            throw new UserException(e.Message, "see `proa up --help` for the names that --controllers knows");
        }
    }

    private static ControllerManager CreateControllers(UpOptions options, ClusterConfig config, ApiParts api, IInformerFactory informers, TimeProvider time, FileLoggerFactory loggers) => new(
        new ControllerManagerOptions
        {
            Controllers = options.Controllers,
            OneOfSeveral = config.Etcd is not null,
            RootCaPem = api.Pki.Authority.CertificatePem,
            SigningAuthority = api.Pki.Authority.Certificate,
            SecretTokens = api.Accounts.IssueLegacy,
        },
        account => api.Server.ClientFor(Identities.Controller(account), "kube-controller-manager"), informers, time, loggers);

    /// <summary>Starts a part and waits until it says that it is there.</summary>
    private static async Task StartAsync(PartSet parts, string name, Func<Action, CancellationToken, Task> run, CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        parts.Start(name, stop => run(() => started.TrySetResult(), stop));
        if (await Task.WhenAny(started.Task, parts.Ended).WaitAsync(ct) != started.Task)
        {
            var (_, error) = await parts.Ended;
            throw error ?? new InvalidOperationException($"the {name} ended");
        }
    }

    private static async Task<int> WaitAsync(PartSet parts, ClusterPaths paths, CancellationToken ct)
    {
        try
        {
            var (name, error) = await parts.Ended.WaitAsync(ct);
            Console.Error.WriteLine($"proa: the {name} stopped: {error?.Message ?? "without an error"}");
            Console.Error.WriteLine($"  the log {paths.Log} says more; `proa up` starts again, and pods go on running meanwhile");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }
}

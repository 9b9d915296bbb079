using Proa.Backup;
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
    // For each part.
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(10);

    public static IEnumerable<string> ControllerNames => ControllerManager.Names;

    /// <summary>Runs until cancelled. 0: stopped cleanly; 1: a part failed, which was said on stderr.</summary>
    /// <exception cref="UserException">Something the user can mend kept the cluster from starting.</exception>
    public static async Task<int> RunAsync(UpOptions options, ClusterPaths paths, StartView view, CancellationToken ct)
    {
        var time = TimeProvider.System;
        using var held = Acquire(paths);
        if (Restore.Resume(paths) is { } kept)
        {
            view.Note($"a restore that was interrupted is done now; what was there before is kept in {kept}");
        }
        RunningRestore.RemoveLeftovers(paths);
        CheckControllers(options);
        var config = await SettleAsync(paths, options, view, time, ct);
        using var loggers = new FileLoggerFactory(paths.Log, time);
        view.Title($"Proa {Commands.VersionCommand.Proa} (Kubernetes {Commands.VersionCommand.Kubernetes}) in {paths.Root}");

        var serving = new PartSet();
        using var node = options.NoNode ? null : await NodeParts.PrepareAsync(paths, config, time, loggers, ct);
        view.Starting("API server");
        await using var api = await CreateApiAsync(paths, config, options.Api, node, held, time, loggers, ct);
        try
        {
            await StartAsync(serving, "API server", api.ServeAsync, ct);
            ApiServer.Pki.KubeconfigWriter.Write(paths.Kubeconfig, api.Pki, $"https://{api.Address}");
            view.Up("API server", $"https://{api.Address}");
            RestoreOrder? order = null;
            while (true)
            {
                var (code, next) = await WorkAsync(paths, config, options, api, node, serving, order, view, time, loggers, ct);
                if (next is null)
                {
                    return code;
                }
                order = next;
            }
        }
        finally
        {
            await serving.StopAsync(s_stopLimit, time);
            RunFile.Remove(paths);
        }
    }

    /// <summary>Runs what works on the objects, until the end or until a restore asks for a time without it.</summary>
    /// <param name="order">The restore to put in place before; null: none.</param>
    /// <returns>The process's exit code, or the restore that is to come.</returns>
    private static async Task<(int Code, RestoreOrder? Next)> WorkAsync(
        ClusterPaths paths, ClusterConfig config, UpOptions options, ApiParts api, NodeParts? node, PartSet serving, RestoreOrder? order, StartView view, TimeProvider time, FileLoggerFactory loggers, CancellationToken ct)
    {
        RunFile.Write(paths, $"https://{api.Address}", ready: false);
        var refusal = order is null ? null : await PutInPlaceAsync(order, view);
        var parts = new PartSet();
        RestoreOrder? next = null;
        try
        {
            await StartPartsAsync(parts, paths, config, options, api, node, view, time, loggers, ct);
            RunFile.Write(paths, $"https://{api.Address}", ready: true);
            view.Ready($"export KUBECONFIG={paths.Kubeconfig}");
            Answer(order, refusal);
            if (options.Demo && order is null)
            {
                await DemoShop.DeployAsync(paths, api.Server.ClientFor(Identities.Loopback, "proa"), view, ct);
            }
            (var code, next) = await WaitAsync(serving, parts, api.Restores, paths, ct);
            return (code, next);
        }
        catch (Exception e)
        {
            order?.Fail(refusal ?? new UserException($"the objects are those of the backup, but the cluster does not work again: {e.Message}", "stop it with `proa down`, and start it with `proa up`"));
            throw;
        }
        finally
        {
            var late = await parts.StopAsync(next is null ? s_stopLimit : s_stopLimit * 3, time);
            if (next is not null && late is not null)
            {
                // Two of it must not run, and what it does next was decided on objects that would be gone.
                var stuck = new UserException($"the {late} did not stop", "stop the cluster with `proa down`, and restore then; nothing was changed");
                next.Fail(stuck);
                throw stuck;
            }
        }
    }

    private static async Task<Exception?> PutInPlaceAsync(RestoreOrder order, StartView view)
    {
        view.Line("restoring a backup");
        try
        {
            await order.PutInPlaceAsync();
            order.Tell("starting what works on the objects");
            return null;
        }
        catch (Exception e)
        {
            // Told when the cluster works again, as it was.
            return e;
        }
    }

    private static void Answer(RestoreOrder? order, Exception? refusal)
    {
        if (refusal is null)
        {
            order?.Complete();
        }
        else
        {
            order!.Fail(refusal);
        }
    }

    private static async Task StartPartsAsync(
        PartSet parts, ClusterPaths paths, ClusterConfig config, UpOptions options, ApiParts api, NodeParts? node, StartView view, TimeProvider time, FileLoggerFactory loggers, CancellationToken ct)
    {
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

    private static async Task<(int Code, RestoreOrder? Next)> WaitAsync(PartSet serving, PartSet parts, RestoreDesk restores, ClusterPaths paths, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var asked = restores.NextAsync(over.Token).AsTask();
        try
        {
            var first = await Task.WhenAny(serving.Ended, parts.Ended, asked);
            if (first == asked)
            {
                return (0, await asked);
            }
            var (name, error) = serving.Ended.IsCompleted ? await serving.Ended : await parts.Ended;
            Console.Error.WriteLine($"proa: the {name} stopped: {error?.Message ?? "without an error"}");
            Console.Error.WriteLine($"  the log {paths.Log} says more; `proa up` starts again, and pods go on running meanwhile");
            return (1, null);
        }
        catch (OperationCanceledException)
        {
            return (0, null);
        }
        finally
        {
            await over.CancelAsync();
        }
    }
}

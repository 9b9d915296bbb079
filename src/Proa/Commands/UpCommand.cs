using System.CommandLine;
using Proa.Cluster;
using Proa.Setup;
using Proa.Terminal;

namespace Proa.Commands;

internal static class UpCommand
{
    public static Command Create()
    {
        var detach = new Option<bool>("--detach", "-d") { Description = "Return when the cluster is ready; it goes on in the background" };
        var demo = new Option<bool>("--demo") { Description = "Deploy the sample shop and print its address" };
        var noNode = new Option<bool>("--no-node") { Description = "Serve the API only: no containers on this machine" };
        var command = new Command("up", "Start the cluster, in the foreground; Ctrl-C stops it cleanly") { detach, demo, noNode };
        var flags = new ClusterFlags();
        flags.AddTo(command);
        command.SetAction((parsed, ct) => RunAsync(
            flags.Read(parsed) with { Detach = parsed.GetValue(detach), Demo = parsed.GetValue(demo), NoNode = parsed.GetValue(noNode) }, ct));
        return command;
    }

    public static async Task<int> RunAsync(UpOptions options, CancellationToken ct)
    {
        if (Signals.EffectiveUser() != 0 && !options.NoNode)
        {
            throw new UserException("a cluster with a node needs root: containers, networks and mounts are made", "run it with sudo, or serve the API alone with --no-node");
        }
        var paths = new ClusterPaths(options.DataDir);
        if (RunFile.Running(paths) is { } running)
        {
            throw new UserException($"a cluster already runs on {paths.Root} (process {running.Pid}, {running.Server})", "stop it with `proa down`, or choose another --data-dir");
        }
        ClusterConfigFile.Read(paths); // refuse a newer or broken directory before anything else is touched
        if (!options.NoNode)
        {
            if (options.NoSetup)
            {
                HostSetup.Check();
            }
            else
            {
                await HostSetup.EnsureAsync(Console.Out, ct);
            }
        }
        return options.Detach
            ? await DetachedStart.RunAsync(options, paths, ct)
            : await ClusterHost.RunAsync(options, paths, new StartView(Console.Out), ct);
    }
}

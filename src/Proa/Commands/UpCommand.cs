using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Proa.Cluster;
using Proa.Setup;
using Proa.Terminal;

namespace Proa.Commands;

internal static class UpCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var detach = new Option<bool>("--detach", "-d") { Description = "Return when the cluster is ready; it goes on in the background" };
        var demo = new Option<bool>("--demo") { Description = "Deploy the sample shop and print its address" };
        var noNode = new Option<bool>("--no-node") { Description = "Serve the API only: no containers on this machine" };
        var noScheduler = new Option<bool>("--no-scheduler") { Description = "Leave pods unscheduled" };
        var noSetup = new Option<bool>("--no-setup") { Description = "Do not install what is missing: say what it is" };
        var controllers = new Option<string>("--controllers")
        {
            Description = $"Controllers to run: '*' is all, 'name' adds one, '-name' takes one out. Known: {string.Join(", ", ClusterHost.ControllerNames)}",
            DefaultValueFactory = _ => "*",
            HelpName = "LIST",
        };
        var apiPort = new Option<int?>("--api-port") { Description = "The API server's port (default 6443)", HelpName = "P" };
        var bind = new Option<string?>("--bind") { Description = "The address on which the API listens (default 127.0.0.1; 0.0.0.0 for all)", HelpName = "A" };
        var nodeName = new Option<string?>("--node-name") { Description = "The node's name (default: the machine's)", HelpName = "N" };
        var podRange = new Option<string?>("--pod-range") { Description = "Addresses for pods (default 10.244.0.0/24)", HelpName = "CIDR" };
        var serviceRange = new Option<string?>("--service-range") { Description = "Addresses for Services (default 10.96.0.0/16)", HelpName = "CIDR" };
        var nodePorts = new Option<string?>("--node-ports") { Description = "Ports for NodePort Services (default 30000-32767)", HelpName = "A-B" };
        bind.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !(IPAddress.TryParse(text, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork))
            {
                result.AddError($"--bind: {text} is not an IPv4 address");
            }
        });
        foreach (var range in new[] { podRange, serviceRange })
        {
            range.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<string?>() is { } text && !(IPNetwork.TryParse(text, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && network.PrefixLength is >= 12 and <= 28))
                {
                    result.AddError($"{range.Name}: {text} is not an IPv4 range such as 10.96.0.0/16 (prefix 12 to 28, no host bits)");
                }
            });
        }
        nodePorts.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !PortRange.TryParse(text, out _, out _))
            {
                result.AddError($"--node-ports: {text} is not a range such as 30000-32767");
            }
        });
        var command = new Command("up", "Start the cluster, in the foreground; Ctrl-C stops it cleanly")
        {
            dataDir, detach, demo, noNode, noScheduler, noSetup, controllers, apiPort, bind, nodeName, podRange, serviceRange, nodePorts,
        };
        var api = new ApiFlags();
        foreach (var flag in api.All)
        {
            command.Add(flag);
        }
        command.SetAction((parsed, ct) => RunAsync(
            new UpOptions
            {
                DataDir = parsed.GetValue(dataDir)!,
                Detach = parsed.GetValue(detach),
                Demo = parsed.GetValue(demo),
                NoNode = parsed.GetValue(noNode),
                NoScheduler = parsed.GetValue(noScheduler),
                NoSetup = parsed.GetValue(noSetup),
                Controllers = parsed.GetValue(controllers)!,
                ApiPort = parsed.GetValue(apiPort),
                Bind = parsed.GetValue(bind),
                NodeName = parsed.GetValue(nodeName),
                PodRange = parsed.GetValue(podRange),
                ServiceRange = parsed.GetValue(serviceRange),
                NodePorts = parsed.GetValue(nodePorts),
                Api = api.Read(parsed),
            },
            ct));
        return command;
    }

    private static async Task<int> RunAsync(UpOptions options, CancellationToken ct)
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
        Backup.Restore.RefuseUnfinished(paths);
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

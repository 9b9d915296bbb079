using System.CommandLine;
using Proa.Cluster;

namespace Proa.Commands;

/// <summary>One of several servers of a cluster that lives in etcd: <c>proa up</c> with other defaults.</summary>
internal static class ServerCommand
{
    public static Command Create()
    {
        var detach = new Option<bool>("--detach", "-d") { Description = "Return when the server is ready; it goes on in the background" };
        var node = new Option<bool>("--node") { Description = "Be a node too: run containers on this machine" };
        var noNode = new Option<bool>("--no-node") { Description = "Serve the API only: the default" };
        var command = new Command("server", "Start one server of a cluster that lives in etcd (--etcd); others on the same etcd serve it too") { detach, node, noNode };
        var flags = new ClusterFlags();
        flags.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(node) && result.GetValue(noNode))
            {
                result.AddError("--node and --no-node exclude each other");
            }
        });
        command.SetAction((parsed, ct) =>
        {
            var options = flags.Read(parsed) with { Detach = parsed.GetValue(detach), NoNode = !parsed.GetValue(node) };
            if (options.Etcd is null && ClusterConfigFile.Read(new ClusterPaths(options.DataDir))?.Etcd is null)
            {
                throw new UserException("proa server keeps its cluster in etcd, and --etcd does not say where that is", "give the members' addresses with --etcd, or start a cluster of one machine with `proa up`");
            }
            return UpCommand.RunAsync(options, ct);
        });
        return command;
    }
}

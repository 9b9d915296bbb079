using System.CommandLine;
using Proa.Cluster;

namespace Proa.Commands;

internal static class TokenCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var command = new Command("token", "Print a bearer token for cluster administration (user admin, group system:masters: keep it secret)") { dataDir };
        command.SetAction(parsed => Console.Out.WriteLine(ClusterFiles.Read(new ClusterPaths(parsed.GetValue(dataDir)!), paths => paths.AdminToken).Trim()));
        return command;
    }
}

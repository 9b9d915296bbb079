using System.CommandLine;
using Proa.Cluster;

namespace Proa.Commands;

internal static class KubeconfigCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var command = new Command("kubeconfig", "Print the cluster's kubeconfig (for cluster administration: keep it secret)") { dataDir };
        command.SetAction(parsed => Console.Out.Write(ClusterFiles.Read(new ClusterPaths(parsed.GetValue(dataDir)!), paths => paths.Kubeconfig)));
        return command;
    }
}

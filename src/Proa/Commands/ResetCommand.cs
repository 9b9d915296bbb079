using System.CommandLine;
using Proa.Cluster;
using Proa.Setup;

namespace Proa.Commands;

internal static class ResetCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = new Command("reset", "Remove the cluster: its containers, network, nftables table and files, and nothing else's") { dataDir, yes };
        command.SetAction((parsed, ct) => RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), parsed.GetValue(yes), ct));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPaths paths, bool yes, CancellationToken ct)
    {
        if (ClusterConfigFile.Read(paths) is not { } config)
        {
            Console.WriteLine($"there is no cluster in {paths.Root}");
            return 0;
        }
        if (Signals.EffectiveUser() != 0)
        {
            throw new UserException("removing a cluster needs root", "run it with sudo");
        }
        if (!yes && !Console.IsInputRedirected)
        {
            Console.Write($"Remove the cluster in {paths.Root} with all its objects and containers? [y/N] ");
            if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
            {
                Console.WriteLine("nothing was removed");
                return 1;
            }
        }
        if (RunFile.Running(paths) is { } running)
        {
            await DownCommand.StopAsync(running, ct);
        }
        await ClusterReset.RunAsync(paths, config, ct);
        Console.WriteLine($"removed the cluster in {paths.Root}");
        return 0;
    }
}

using System.CommandLine;
using System.Diagnostics;
using Proa.Cluster;
using Proa.Setup;

namespace Proa.Commands;

internal static class DownCommand
{
    public static Command Create()
    {
        var dataDir = CommandTree.DataDir();
        var command = new Command("down", "Stop the cluster's process cleanly; pods go on running and `proa up` takes them over again") { dataDir };
        command.SetAction(async (parsed, ct) => await RunAsync(new ClusterPaths(parsed.GetValue(dataDir)!), ct));
        return command;
    }

    private static async Task<int> RunAsync(ClusterPaths paths, CancellationToken ct)
    {
        if (RunFile.Running(paths) is not { } state)
        {
            Console.WriteLine($"no cluster runs on {paths.Root}");
            return 0;
        }
        await StopAsync(state, ct);
        Console.WriteLine($"stopped (process {state.Pid})");
        return 0;
    }

    /// <summary>Sends SIGTERM and waits for the process to end.</summary>
    public static async Task StopAsync(RunState state, CancellationToken ct)
    {
        Process process;
        try
        {
            process = Process.GetProcessById(state.Pid);
        }
        catch (ArgumentException)
        {
            return; // it ended just now
        }
        using (process)
        {
            Signals.Terminate(state.Pid);
            await process.WaitForExitAsync(ct);
        }
    }
}

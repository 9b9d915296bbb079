using System.CommandLine;

namespace Proa.Commands;

/// <summary>The command line: one file a command beside this one.</summary>
internal static class CommandTree
{
    /// <summary>Exit codes: 0 done, 1 failed with a reason on stderr, 2 wrong usage.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Proa: the microservices platform in one process. A Kubernetes 1.36 cluster for stock clients.");
        root.Add(UpCommand.Create());
        root.Add(ServerCommand.Create());
        root.Add(DownCommand.Create());
        root.Add(StatusCommand.Create());
        root.Add(ResetCommand.Create());
        root.Add(BackupCommand.Create());
        root.Add(RestoreCommand.Create());
        root.Add(SecretsCommand.Create());
        root.Add(MigrateCommand.Create());
        root.Add(KubeconfigCommand.Create());
        root.Add(TokenCommand.Create());
        root.Add(ImageCommand.Create());
        root.Add(DoctorCommand.Create());
        root.Add(VersionCommand.Create());
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine($"proa: {error.Message}");
            }
            Console.Error.WriteLine($"Run `proa {string.Join(' ', parsed.CommandResult.Command == root ? [] : [parsed.CommandResult.Command.Name, ""])}--help` for usage.");
            return 2;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
        }
        catch (UserException e)
        {
            Console.Error.WriteLine($"proa: {e.Message}");
            Console.Error.WriteLine($"  {e.Todo}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }

    public static Option<string> DataDir() => new("--data-dir", "-D")
    {
        Description = "The cluster's data directory",
        DefaultValueFactory = _ => Cluster.ClusterPaths.DefaultDataDir,
        HelpName = "D",
    };

    public static Option<string> Output() => new Option<string>("--output", "-o")
    {
        Description = "json for programs; default: text for people",
        DefaultValueFactory = _ => "text",
        HelpName = "FORMAT",
    }.AcceptOnlyFromAmong("text", "json");
}

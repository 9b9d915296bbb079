using System.Diagnostics;
using System.Text;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>What a program printed and how it ended.</summary>
internal sealed record CommandResult(string Command, int ExitCode, string Stdout, string Stderr)
{
    /// <summary>Stdout of a program that must succeed.</summary>
    public string Must() => ExitCode == 0 ? Stdout : throw new InvalidOperationException($"`{Command}` ended with {ExitCode}\n{Stdout}\n{Stderr}");

    public static async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, string? stdin = null, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        using var bound = new CancellationTokenSource(limit ?? TimeSpan.FromMinutes(3));
        var stdout = process.StandardOutput.ReadToEndAsync(bound.Token);
        var stderr = process.StandardError.ReadToEndAsync(bound.Token);
        if (stdin is not null)
        {
            await process.StandardInput.WriteAsync(stdin);
        }
        process.StandardInput.Close();
        var command = new StringBuilder(Path.GetFileName(program)).Append(' ').AppendJoin(' ', start.ArgumentList).ToString();
        try
        {
            await process.WaitForExitAsync(bound.Token);
            return new(command, process.ExitCode, await stdout, await stderr);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{command}` did not end in time");
        }
    }
}

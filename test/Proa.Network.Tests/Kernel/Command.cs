using System.Diagnostics;

namespace Proa.Network.Tests.Kernel;

internal static class Command
{
    /// <summary>Runs a program to its end; a failure is an exception with what it said.</summary>
    public static string Run(string file, params string[] arguments) => Run(file, arguments, null, null);

    public static string Run(string file, string[] arguments, string? input, Dictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{output}\n{error.Result}");
    }
}

using System.CommandLine;
using System.Reflection;

namespace Proa.Commands;

internal static class VersionCommand
{
    public const string Kubernetes = "v1.36.2";

    public static string Proa => typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Command Create()
    {
        var output = CommandTree.Output();
        var command = new Command("version", "Print the versions of Proa and of the Kubernetes API that it serves") { output };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetValue(output) == "json"
                ? $$"""{"proa":"{{Proa}}","kubernetes":"{{Kubernetes}}"}"""
                : $"proa {Proa} (Kubernetes {Kubernetes})");
        });
        return command;
    }
}

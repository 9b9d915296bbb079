using System.CommandLine;

namespace Proa.Commands;

internal static class ResetCommand
{
    public static Command Create() => new("reset");
}

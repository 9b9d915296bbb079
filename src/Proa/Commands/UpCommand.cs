using System.CommandLine;

namespace Proa.Commands;

internal static class UpCommand
{
    public static Command Create() => new("up");
}

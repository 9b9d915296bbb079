using System.CommandLine;

namespace Proa.Commands;

internal static class StatusCommand
{
    public static Command Create() => new("status");
}

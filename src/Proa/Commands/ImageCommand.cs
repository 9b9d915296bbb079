using System.CommandLine;

namespace Proa.Commands;

internal static class ImageCommand
{
    public static Command Create() => new("image");
}

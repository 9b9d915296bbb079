using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Proa.Store.Tests.Durability;

/// <summary>A process with a <see cref="CrashWorkload"/> that speaks on standard output, until it is killed.</summary>
internal static class CrashChild
{
    public const string Argument = "--crash-child";

    public static async Task RunAsync(string directory, int seed)
    {
        await using var store = await ObjectStore.OpenAsync(
            new StoreOptions { DataDirectory = directory }, StoreRequests.IndexOf, TimeProvider.System, NullLogger.Instance);
        await using var output = Console.OpenStandardOutput();
        await new CrashWorkload(store, seed, line => SayAsync(output, line)).RunAsync(CancellationToken.None);
    }

    // One write call a line, shorter than PIPE_BUF: a line is whole, or it is not there.
    private static async ValueTask SayAsync(Stream output, string line)
    {
        await output.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"));
        await output.FlushAsync();
    }
}

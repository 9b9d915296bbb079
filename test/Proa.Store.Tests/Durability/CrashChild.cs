using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Etcd;
using Proa.Store.Tests.Etcd;

namespace Proa.Store.Tests.Durability;

/// <summary>A process with a <see cref="CrashWorkload"/> that speaks on standard output, until it is killed.</summary>
internal static class CrashChild
{
    public const string Argument = "--crash-child";
    public const string EtcdArgument = "--crash-child-etcd";

    public static async Task RunAsync(string directory, int seed)
    {
        await using var store = await ObjectStore.OpenAsync(
            new StoreOptions { DataDirectory = directory }, StoreRequests.IndexOf, TimeProvider.System, NullLogger.Instance);
        await using var output = Console.OpenStandardOutput();
        await new CrashWorkload(store, seed, line => SayAsync(output, line)).RunAsync(CancellationToken.None);
    }

    /// <summary>The same with a store on etcd.</summary>
    public static async Task RunOnEtcdAsync(string endpoints, string prefix, int seed, int process)
    {
        var options = EtcdStores.Options([.. endpoints.Split(',').Select(static text => new Uri(text))], prefix) with
        {
            // So that a cut link leaves outcomes open before long.
            RequestTimeout = TimeSpan.FromSeconds(1),
            GiveUpAfter = TimeSpan.FromSeconds(4),
        };
        await using var store = await EtcdStore.OpenAsync(
            options, StoreRequests.IndexOf, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        await using var output = Console.OpenStandardOutput();
        await new CrashWorkload(store, seed, line => SayAsync(output, line), process).RunAsync(CancellationToken.None);
    }

    // One write call a line, shorter than PIPE_BUF: a line is whole, or it is not there.
    private static async ValueTask SayAsync(Stream output, string line)
    {
        await output.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"));
        await output.FlushAsync();
    }
}

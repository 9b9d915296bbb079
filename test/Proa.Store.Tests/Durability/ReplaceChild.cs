using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Tests.Faults;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Durability;

/// <summary>
/// A process that replaces all that a store holds, and ends by SIGKILL at one of its calls to the disk. Of the store's two states
/// each object says in its value which one it is of.
/// </summary>
internal static class ReplaceChild
{
    public const string Argument = "--replace-child";
    public const string Old = "old";
    public const string New = "new";

    // Half of each state's objects are in the other one, too; larger than a page, so that there are many calls.
    private const int Objects = 60;
    private const int Bytes = 6000;

    public static async Task FillAsync(ObjectStore store, string state)
    {
        var first = state == Old ? 0 : Objects / 2;
        for (var i = first; i < first + Objects; i++)
        {
            var request = Create($"o{i}", $"{state}{new string('v', Bytes)}", resource: i % 2 == 0 ? Maps : "secrets");
            if ((await store.WriteAsync(request, CancellationToken.None)).Outcome != WriteOutcome.Done)
            {
                throw new InvalidOperationException($"o{i} was not written");
            }
        }
    }

    /// <summary>The one state that all objects are of, each exactly once; null: they are not.</summary>
    public static string? StateOf(ObjectStore store)
    {
        var found = new[] { Maps, "secrets" }.SelectMany(resource => store.List(resource, null)!.Items).ToList();
        return found.Count == Objects && found.Select(item => Value(item)[..Old.Length]).Distinct().ToList() is [var state] ? state : null;
    }

    /// <param name="directory">With a store in the old state.</param>
    /// <param name="killAt">The call at which the process ends; 0: it lives, and says how many there were.</param>
    public static async Task RunAsync(string directory, int killAt)
    {
        await using var wanted = ObjectStore.InMemory(TimeProvider.System);
        await FillAsync(wanted, New);
        using var disk = new FaultDisk(directory, 1);
        var store = await ObjectStore.OpenAsync(new StoreOptions { DataDirectory = directory }, IndexOf, TimeProvider.System, NullLogger.Instance);
        var calls = 0;
        disk.Fault = _ =>
        {
            if (++calls == killAt)
            {
                using var self = Process.GetCurrentProcess();
                self.Kill();
            }
            return DiskFault.None;
        };
        await store.ReplaceAsync(StoreCopy.All(wanted).Objects, 0, static () => Task.CompletedTask, CancellationToken.None);
        await store.DisposeAsync();
        Console.WriteLine(calls);
    }
}

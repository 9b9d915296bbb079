using Microsoft.Extensions.Logging.Abstractions;

namespace Proa.Store.Tests.Durability;

/// <summary>
/// A process that writes as fast as it can from several tasks and says on standard output what was acknowledged, until it is
/// killed. Each task owns its names, so that its last acknowledged line is what must be there.
/// </summary>
internal static class CrashChild
{
    public const string Argument = "--crash-child";

    private const int Writers = 8;

    public static async Task RunAsync(string directory, int seed)
    {
        await using var store = await ObjectStore.OpenAsync(
            new StoreOptions { DataDirectory = directory }, StoreRequests.IndexOf, TimeProvider.System, NullLogger.Instance);
        await using var output = Console.OpenStandardOutput();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(store, output, seed, w))));
    }

    private static async Task WriteAsync(ObjectStore store, Stream output, int seed, int writer)
    {
        var random = new Random((seed * 100) + writer);
        for (var step = 0; ; step++)
        {
            var name = $"w{writer}-{random.Next(40)}";
            var resource = writer % 2 == 0 ? StoreRequests.Maps : "secrets";
            var exists = store.Get(new ObjectKey(resource, "default", name)) is not null;
            var value = $"{step}-{new string('v', random.Next(2000))}";
            var request = !exists
                ? StoreRequests.Create(name, value, resource: resource)
                : random.Next(4) == 0
                    ? StoreRequests.Delete(name, resource: resource)
                    : StoreRequests.Replace(name, value, resource: resource);
            var result = await store.WriteAsync(request, CancellationToken.None);
            // One write call a line: a line is whole, or it is not there.
            var state = request.Kind == WriteKind.Delete ? "gone" : value;
            await output.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{result.Object!.Revision} {resource} {name} {state}\n"));
            await output.FlushAsync();
        }
    }
}

using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace Proa.Store.Tests.Durability;

/// <summary>
/// A process that writes as fast as it can from several tasks, watches from others, and says on standard output what was
/// acknowledged and what was seen, until it is killed. Each writer owns its names, so that its last acknowledged line is what
/// must be there.
/// </summary>
internal static class CrashChild
{
    public const string Argument = "--crash-child";

    public const int Writers = 8;
    private const int Watchers = 4;

    public static async Task RunAsync(string directory, int seed)
    {
        await using var store = await ObjectStore.OpenAsync(
            new StoreOptions { DataDirectory = directory }, StoreRequests.IndexOf, TimeProvider.System, NullLogger.Instance);
        await using var output = Console.OpenStandardOutput();
        // The watches stand before the first write.
        var tasks = Enumerable.Range(0, Watchers).Select(w => WatchAsync(store, output, seed, w)).ToList();
        tasks.AddRange(Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(store, output, seed, w))));
        await Task.WhenAll(tasks);
    }

    private static string Resource(int number) => number % 2 == 0 ? StoreRequests.Maps : "secrets";

    private static async Task WriteAsync(ObjectStore store, Stream output, int seed, int writer)
    {
        var random = new Random((seed * 100) + writer);
        for (var step = 0; ; step++)
        {
            var name = $"w{writer}-{random.Next(40)}";
            var resource = Resource(writer);
            var exists = store.Get(new ObjectKey(resource, "default", name)) is not null;
            var value = $"{step}-{new string('v', random.Next(2000))}";
            var request = !exists
                ? StoreRequests.Create(name, value, resource: resource)
                : random.Next(4) == 0
                    ? StoreRequests.Delete(name, resource: resource)
                    : StoreRequests.Replace(name, value, resource: resource);
            var result = await store.WriteAsync(request, CancellationToken.None);
            await SayAsync(output, $"ack {result.Object!.Revision} {resource} {name} {(request.Kind == WriteKind.Delete ? "gone" : value)}");
        }
    }

    /// <summary>Watches one resource, lets go now and then, and resumes after the last change that it saw.</summary>
    private static async Task WatchAsync(ObjectStore store, Stream output, int seed, int watcher)
    {
        var random = new Random((seed * 100) + 50 + watcher);
        var last = store.Revision;
        await SayAsync(output, $"watch {last} {Resource(watcher)} {watcher} -");
        while (true)
        {
            using var watch = store.Watch(Resource(watcher), null, last) ?? throw new InvalidOperationException($"{last} is compacted");
            for (var left = random.Next(1, 200); left > 0 && await watch.Changes.WaitToReadAsync(); left--)
            {
                if (watch.Changes.TryRead(out var change))
                {
                    last = change.Object.Revision;
                    var state = change.Kind == ChangeKind.Deleted ? "gone" : StoreRequests.Value(change.Object);
                    await SayAsync(output, $"see {last} {change.Object.Key.Name} {watcher} {state}");
                }
            }
        }
    }

    // One write call a line, shorter than PIPE_BUF: a line is whole, or it is not there.
    private static async Task SayAsync(Stream output, string line)
    {
        await output.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"));
        await output.FlushAsync();
    }
}

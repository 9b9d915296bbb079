using System.Diagnostics;

namespace Proa.Store.Tests.Durability;

/// <summary>
/// Writes as fast as it can from several tasks, watches from others, and says what was tried, what was acknowledged or refused,
/// and what was seen. Each writer owns its names and has one write under way, so that its last acknowledged line is what must be
/// there, and nothing else but its last try may be.
/// </summary>
/// <param name="process">Which of several processes on one store this is: writers and watchers have names of their own.</param>
internal sealed class CrashWorkload(IObjectStore store, int seed, Func<string, ValueTask> say, int process = 0)
{
    private const int Writers = 8;
    private const int Watchers = 4;
    private readonly int _firstWriter = process * Writers;
    private readonly int _firstWatcher = process * Watchers;

    /// <summary>Until it is cancelled or the store is closed.</summary>
    public Task RunAsync(CancellationToken ct)
    {
        // The watches stand before the first write.
        var tasks = Enumerable.Range(_firstWatcher, Watchers).Select(w => WatchAsync(w, ct)).ToList();
        tasks.AddRange(Enumerable.Range(_firstWriter, Writers).Select(w => Task.Run(() => WriteAsync(w, ct), CancellationToken.None)));
        if (seed % 2 == 0 && store is ObjectStore embedded)
        {
            tasks.Add(Task.Run(() => RotateAsync(embedded, ct), CancellationToken.None));
        }
        return Task.WhenAll(tasks);
    }

    /// <summary>New keys, one after the other, and every Secret under each: killed in the middle of one, all must be readable.</summary>
    private static async Task RotateAsync(ObjectStore store, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await store.RotateAsync(ct);
            }
            catch (IOException)
            {
                // The disk failed: the next one goes on.
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static string Resource(int number) => number % 2 == 0 ? StoreRequests.Maps : "secrets";

    private async Task WriteAsync(int writer, CancellationToken ct)
    {
        var random = new Random((seed * 100) + writer);
        for (var step = 0; !ct.IsCancellationRequested; step++)
        {
            var name = $"w{writer}-{random.Next(40)}";
            var resource = Resource(writer);
            var current = store.Get(new ObjectKey(resource, "default", name));
            // No other write of any run is the same.
            var value = $"{seed}.{step}-{new string('v', random.Next(2000))}";
            var expected = random.Next(2) == 0 ? 0 : current?.Revision ?? 0;
            var request = current is null
                ? StoreRequests.Create(name, value, resource: resource)
                : random.Next(4) == 0
                    ? StoreRequests.Delete(name, expected, resource: resource)
                    : StoreRequests.Replace(name, value, expected, resource: resource);
            var said = $"{resource} {name} {(request.Kind == WriteKind.Delete ? "gone" : value)}";
            await say($"try {store.Revision} {said}");
            var result = await store.WriteAsync(request, CancellationToken.None);
            await say(result.Outcome switch
            {
                WriteOutcome.Done => $"ack {result.Object!.Revision} {said}",
                WriteOutcome.Unavailable when result.Error!.EndsWith("is not known", StringComparison.Ordinal) => $"open {store.Revision} {said}",
                // Whatever is acknowledged with a later revision came after this.
                WriteOutcome.Unavailable => $"refuse {store.Revision} {said}",
                // An earlier write of the object whose outcome was not known.
                WriteOutcome.Exists or WriteOutcome.NotFound or WriteOutcome.Conflict when store is not ObjectStore => $"none {store.Revision} {said}",
                _ => throw new InvalidOperationException($"{result.Outcome} of {said}"),
            });
            if (store is not ObjectStore)
            {
                await CompareAsync(writer, result);
            }
        }
    }

    /// <summary>Says when what was acknowledged, and how fresh a read is that began when: the clock is that of the machine.</summary>
    private async Task CompareAsync(int writer, WriteResult result)
    {
        if (result.Outcome == WriteOutcome.Done)
        {
            await say($"told {result.Object!.Revision} {Stopwatch.GetTimestamp()} {writer} -");
        }
        var begun = Stopwatch.GetTimestamp();
        if (await store.ReadBarrierAsync(CancellationToken.None) is null)
        {
            await say($"read {store.Revision} {begun} {writer} -");
        }
    }

    /// <summary>Watches one resource, lets go now and then, and resumes after the last change that it saw.</summary>
    private async Task WatchAsync(int watcher, CancellationToken ct)
    {
        var random = new Random((seed * 100) + 50 + watcher);
        var last = store.Revision;
        await say($"watch {last} {Resource(watcher)} {watcher} -");
        while (!ct.IsCancellationRequested)
        {
            using var watch = store.Watch(Resource(watcher), null, last) ?? throw new InvalidOperationException($"{last} is compacted");
            for (var left = random.Next(1, 200); left > 0; left--)
            {
                if (!await watch.Changes.WaitToReadAsync(CancellationToken.None))
                {
                    return;
                }
                if (watch.Changes.TryRead(out var change))
                {
                    last = change.Object.Revision;
                    var state = change.Kind == ChangeKind.Deleted ? "gone" : StoreRequests.Value(change.Object);
                    await say($"see {last} {change.Object.Key.Name} {watcher} {state}");
                }
            }
        }
    }
}

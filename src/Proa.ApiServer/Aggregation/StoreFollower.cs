using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>Tells of a collection's changes, and after a gap that anything may have changed.</summary>
internal static class StoreFollower
{
    /// <summary>Runs until cancelled, or the store is closed.</summary>
    /// <param name="changed">Called at first and after a gap with null, then for each batch of changes with its objects; from one place at a time.</param>
    public static Task RunAsync(IObjectStore store, string collection, string? ns, Action<IReadOnlyList<StoredObject>?> changed, CancellationToken ct) =>
        RunAsync(store, collection, ns, objects =>
        {
            changed(objects);
            return Task.CompletedTask;
        }, ct);

    /// <inheritdoc cref="RunAsync(IObjectStore, string, string?, Action{IReadOnlyList{StoredObject}?}, CancellationToken)"/>
    public static async Task RunAsync(
        IObjectStore store, string collection, string? ns, Func<IReadOnlyList<StoredObject>?, Task> changed, CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested)
            {
                using var watch = store.Watch(collection, ns, store.List(collection, ns)!.Revision);
                await changed(null);
                while (watch is { Overrun: false } && await watch.Changes.WaitToReadAsync(ct))
                {
                    var objects = new List<StoredObject>();
                    while (watch.Changes.TryRead(out var change))
                    {
                        objects.Add(change.Object);
                    }
                    await changed(objects);
                }
                if (watch is { Overrun: false })
                {
                    // The store is closed.
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}

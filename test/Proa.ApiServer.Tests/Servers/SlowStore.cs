using Proa.Store;

namespace Proa.ApiServer.Tests.Servers;

/// <summary>A store that takes its time with one object's first write.</summary>
internal sealed class SlowStore(IObjectStore store, string name) : IObjectStore
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the write has been asked for.</summary>
    public Task Begun => _begun.Task;

    public long Revision => store.Revision;

    public long CompactedRevision => store.CompactedRevision;

    public void GoOn() => _goOn.SetResult();

    public ValueTask<string?> ReadBarrierAsync(CancellationToken ct) => store.ReadBarrierAsync(ct);

    public StoredObject? Get(in ObjectKey key) => store.Get(key);

    public CollectionSnapshot? List(string resource, string? ns, long revision = 0) => store.List(resource, ns, revision);

    public async ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken ct)
    {
        if (request.Key.Name == name && _begun.TrySetResult())
        {
            await _goOn.Task.WaitAsync(ct);
        }
        return await store.WriteAsync(request, ct);
    }

    public IStoreWatch? Watch(string resource, string? ns, long afterRevision) => store.Watch(resource, ns, afterRevision);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}

namespace Proa.Store.Etcd;

/// <summary>Those who wait until the index has reached a revision. Thread-safe.</summary>
internal sealed class RevisionWaiters
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private long _reached;

    public Task ReachedAsync(long revision)
    {
        if (Volatile.Read(ref _reached) >= revision)
        {
            return Task.CompletedTask;
        }
        lock (_gate)
        {
            if (_reached >= revision)
            {
                return Task.CompletedTask;
            }
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, revision);
            return waiter.Task;
        }
    }

    public void Reach(long revision)
    {
        lock (_gate)
        {
            Volatile.Write(ref _reached, revision);
            while (_waiting.TryPeek(out _, out var wanted) && wanted <= revision)
            {
                _waiting.Dequeue().SetResult();
            }
        }
    }
}

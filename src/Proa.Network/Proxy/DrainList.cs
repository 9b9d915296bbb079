using Proa.Api.Models.Discovery;

namespace Proa.Network.Proxy;

/// <summary>
/// The pods that are being stopped. From the moment the node agent asks, the proxy takes their endpoints for terminating,
/// without waiting for the EndpointSlice to say so: neither a slice that is late nor one written earlier and seen later
/// can send a client to them. Thread-safe.
/// </summary>
internal sealed class DrainList
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Namespace, string Pod), HashSet<string>> _pods = [];
    private List<TaskCompletionSource> _waiters = [];

    public void Add(string ns, string pod, IReadOnlyList<string> addresses)
    {
        lock (_gate)
        {
            if (!_pods.TryGetValue((ns, pod), out var known))
            {
                _pods.Add((ns, pod), known = []);
            }
            known.UnionWith(addresses);
        }
    }

    /// <summary>Forgets a pod: it is gone, and so is what the slices said of it.</summary>
    public void Remove(string ns, string pod)
    {
        lock (_gate)
        {
            _pods.Remove((ns, pod));
        }
    }

    public bool Contains(string ns, string pod)
    {
        lock (_gate)
        {
            return _pods.ContainsKey((ns, pod));
        }
    }

    public bool Contains(string ns, Endpoint endpoint)
    {
        lock (_gate)
        {
            if (_pods.Count == 0)
            {
                return false;
            }
            if (endpoint.TargetRef is { Kind: "Pod", Name: { } name })
            {
                return _pods.TryGetValue((ns, name), out var known) && endpoint.Addresses.Any(known.Contains);
            }
            return _pods.Any(p => p.Key.Namespace == ns && endpoint.Addresses.Any(p.Value.Contains));
        }
    }

    public List<(string Namespace, string Pod)> Pods()
    {
        lock (_gate)
        {
            return [.. _pods.Keys];
        }
    }

    /// <summary>To be called when what the answer depends on is marked already: the next transaction is then the right one.</summary>
    /// <returns>Completes when that transaction is in force.</returns>
    public Task WaitAsync()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiters.Add(waiter);
        }
        return waiter.Task;
    }

    /// <summary>To be called before the marks are taken, so that each waiter's marks are among them.</summary>
    public List<TaskCompletionSource> TakeWaiters()
    {
        lock (_gate)
        {
            var waiters = _waiters;
            _waiters = [];
            return waiters;
        }
    }

    /// <summary>The transaction failed: they wait for the next.</summary>
    public void PutBack(List<TaskCompletionSource> waiters)
    {
        lock (_gate)
        {
            _waiters.AddRange(waiters);
        }
    }
}

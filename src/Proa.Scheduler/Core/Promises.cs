namespace Proa.Scheduler.Core;

/// <summary>Pods for which others were told to leave a node, and which wait for that: the place is kept from pods of lower priority.</summary>
internal sealed class Promises
{
    private readonly Dictionary<string, (PodInfo Pod, string Node)> _byUid = new(StringComparer.Ordinal);

    public void Set(PodInfo pod, string node) => _byUid[pod.Uid] = (pod, node);

    /// <summary>Takes note of a pod's new state.</summary>
    public void Refresh(PodInfo pod)
    {
        if (NodeOf(pod.Uid) is { } node)
        {
            Set(pod, node);
        }
    }

    public bool Remove(string uid) => _byUid.Remove(uid);

    public string? NodeOf(string uid) => _byUid.TryGetValue(uid, out var promise) ? promise.Node : null;

    /// <summary>Those that a pod may not overtake: of its priority or above.</summary>
    public List<(PodInfo Pod, string Node)> Ahead(PodInfo pod)
    {
        var ahead = new List<(PodInfo, string)>();
        foreach (var promise in _byUid.Values)
        {
            if (promise.Pod.Priority >= pod.Priority && promise.Pod.Uid != pod.Uid)
            {
                ahead.Add(promise);
            }
        }
        return ahead;
    }

    /// <summary>Those on a node that give way to a pod.</summary>
    public List<PodInfo> Below(PodInfo pod, string node)
    {
        var below = new List<PodInfo>();
        foreach (var promise in _byUid.Values)
        {
            if (promise.Node == node && promise.Pod.Priority < pod.Priority)
            {
                below.Add(promise.Pod);
            }
        }
        return below;
    }
}

using Proa.Api.Models.Core;
using Proa.Scheduler.Core;

namespace Proa.Scheduler;

/// <summary>
/// The cluster as the scheduler knows it: what the informers told, and the pods it has placed itself but not yet heard of.
/// Used by one thread at a time.
/// </summary>
internal sealed class ClusterCache
{
    private readonly Dictionary<string, (PodInfo Pod, string Node)> _placed = new(StringComparer.Ordinal);

    public ClusterSnapshot Snapshot { get; } = new();

    /// <summary>Whether the pod counts on a node.</summary>
    public bool IsPlaced(string uid) => _placed.ContainsKey(uid);

    public void SetNode(Node node)
    {
        var name = node.Metadata.Name!;
        // Pods may have been heard of before their node.
        var pods = Snapshot.Node(name)?.Pods ?? [.. _placed.Values.Where(placed => placed.Node == name).Select(placed => placed.Pod)];
        Snapshot.SetNode(NodeInfo.Of(node, pods));
    }

    public void RemoveNode(string name) => Snapshot.RemoveNode(name);

    /// <summary>Counts a pod on a node; in the stead of what was known of it.</summary>
    public void Place(PodInfo pod, string node)
    {
        Remove(pod.Uid);
        _placed.Add(pod.Uid, (pod, node));
        if (Snapshot.Node(node) is { } info)
        {
            Snapshot.SetNode(info.With(pod));
        }
    }

    /// <summary>Takes back a placing of the scheduler's own, unless something newer is known of the pod.</summary>
    public bool Withdraw(PodInfo pod) =>
        _placed.TryGetValue(pod.Uid, out var placed) && ReferenceEquals(placed.Pod, pod) && Remove(pod.Uid);

    /// <returns>Whether it counted somewhere.</returns>
    public bool Remove(string uid)
    {
        if (!_placed.Remove(uid, out var placed))
        {
            return false;
        }
        if (Snapshot.Node(placed.Node) is { } info)
        {
            Snapshot.SetNode(info.Without(placed.Pod));
        }
        return true;
    }
}

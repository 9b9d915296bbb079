namespace Proa.Scheduler.Core;

/// <summary>
/// The cluster with other pods on some nodes, until it is disposed: then the snapshot is as it was. While it lasts, nothing else
/// may change the snapshot.
/// </summary>
internal sealed class Supposition(ClusterSnapshot cluster) : IDisposable
{
    private readonly Dictionary<string, NodeInfo> _real = new(StringComparer.Ordinal);

    public void Add(string node, PodInfo pod) => Change(node, info => info.With(pod));

    public void Remove(string node, PodInfo pod) => Change(node, info => info.Without(pod));

    /// <summary>A node without what is supposed.</summary>
    public NodeInfo Real(NodeInfo node) => _real.GetValueOrDefault(node.Name, node);

    public void Dispose()
    {
        foreach (var node in _real.Values)
        {
            cluster.SetNode(node);
        }
    }

    private void Change(string name, Func<NodeInfo, NodeInfo> change)
    {
        if (cluster.Node(name) is { } node)
        {
            _real.TryAdd(name, node);
            cluster.SetNode(change(node));
        }
    }
}

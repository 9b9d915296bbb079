namespace Proa.Client.Events;

/// <summary>A map that forgets what was not asked for longest when it is full. Not thread-safe.</summary>
internal sealed class LeastRecentMap<TKey, TValue>(int capacity) where TKey : notnull where TValue : class
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = [];

    public TValue? Get(TKey key)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            return null;
        }
        _order.Remove(node);
        _order.AddFirst(node);
        return node.Value.Value;
    }

    public void Set(TKey key, TValue value)
    {
        if (_nodes.TryGetValue(key, out var node))
        {
            _order.Remove(node);
        }
        else if (_nodes.Count == capacity)
        {
            _nodes.Remove(_order.Last!.Value.Key);
            _order.RemoveLast();
        }
        _nodes[key] = _order.AddFirst((key, value));
    }
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;

namespace Proa.Scheduler.Core;

/// <summary>What a decision is made from. The core only reads it; who owns it changes it between decisions.</summary>
internal sealed class ClusterSnapshot
{
    private static readonly Dictionary<string, string> s_noLabels = [];

    private readonly List<NodeInfo> _nodes = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Name), PersistentVolumeClaim> _claims = [];
    private readonly Dictionary<string, PersistentVolume> _volumes = new(StringComparer.Ordinal);

    private readonly Dictionary<(string Namespace, string Name), PodDisruptionBudget> _budgets = [];
    private readonly HashSet<string> _evicted = new(StringComparer.Ordinal);

    public IReadOnlyList<NodeInfo> Nodes => _nodes;

    public Promises Promises { get; } = new();

    public IReadOnlyCollection<PodDisruptionBudget> Budgets => _budgets.Values;

    /// <summary>How many pods have affinity or anti-affinity: while there are none, nobody looks for them.</summary>
    public int PodsWithAffinity { get; private set; }

    public int PodsWithRequiredAntiAffinity { get; private set; }

    public NodeInfo? Node(string name) => _index.TryGetValue(name, out var index) ? _nodes[index] : null;

    public IReadOnlyDictionary<string, string> NamespaceLabels(string ns) => _namespaces.GetValueOrDefault(ns, s_noLabels);

    public PersistentVolumeClaim? Claim(string ns, string name) => _claims.GetValueOrDefault((ns, name));

    public PersistentVolume? Volume(string name) => _volumes.GetValueOrDefault(name);

    /// <summary>Adds a node, or puts it in its former state's stead.</summary>
    public void SetNode(NodeInfo node)
    {
        if (_index.TryGetValue(node.Name, out var index))
        {
            Count(_nodes[index], -1);
            _nodes[index] = node;
        }
        else
        {
            _index.Add(node.Name, _nodes.Count);
            _nodes.Add(node);
        }
        Count(node, 1);
    }

    public void RemoveNode(string name)
    {
        if (!_index.Remove(name, out var index))
        {
            return;
        }
        Count(_nodes[index], -1);
        var last = _nodes[^1];
        _nodes.RemoveAt(_nodes.Count - 1);
        if (index < _nodes.Count)
        {
            _nodes[index] = last;
            _index[last.Name] = index;
        }
    }

    public void SetNamespace(string name, IReadOnlyDictionary<string, string>? labels) => Set(_namespaces, name, labels);

    public void SetClaim(string ns, string name, PersistentVolumeClaim? claim) => Set(_claims, (ns, name), claim);

    public void SetVolume(string name, PersistentVolume? volume) => Set(_volumes, name, volume);

    public void SetBudget(string ns, string name, PodDisruptionBudget? budget) => Set(_budgets, (ns, name), budget);

    /// <summary>Whether the pod was told to leave for another; it may not be heard of yet.</summary>
    public bool IsEvicted(string uid) => _evicted.Contains(uid);

    public void SetEvicted(string uid, bool evicted)
    {
        if (evicted)
        {
            _evicted.Add(uid);
        }
        else
        {
            _evicted.Remove(uid);
        }
    }

    private static void Set<TKey, T>(Dictionary<TKey, T> map, TKey key, T? value) where TKey : notnull where T : class
    {
        if (value is null)
        {
            map.Remove(key);
        }
        else
        {
            map[key] = value;
        }
    }

    private void Count(NodeInfo node, int sign)
    {
        PodsWithAffinity += sign * node.PodsWithAffinity.Length;
        PodsWithRequiredAntiAffinity += sign * node.PodsWithRequiredAntiAffinity.Length;
    }
}

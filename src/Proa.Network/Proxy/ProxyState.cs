using System.Net;

namespace Proa.Network.Proxy;

/// <summary>What a change is for the kernel: first the removals, then the additions, in one transaction.</summary>
internal sealed class ElementChange
{
    public HashSet<Element> Removed { get; } = [];

    public HashSet<Element> Added { get; } = [];

    /// <summary>UDP frontends that lost or changed backends: connections that the kernel remembers may be wrong.</summary>
    public HashSet<FrontendKey> StaleUdp { get; } = [];

    /// <summary>Frontends with affinity that lost a backend: clients may be bound to it.</summary>
    public HashSet<FrontendKey> StaleAffinity { get; } = [];

    public bool IsEmpty => Removed.Count == 0 && Added.Count == 0;
}

/// <summary>
/// What the kernel should hold, by who asked for it. An owner (a Service, a pod) is replaced as a whole; the answer is the
/// difference. When two claim the same address and port, the first has it until it lets go. Pure; not thread-safe.
/// </summary>
internal sealed class ProxyState(IPNetwork podRange)
{
    private readonly Dictionary<string, Dictionary<FrontendKey, Frontend>> _wanted = [];
    private readonly Dictionary<FrontendKey, (string Owner, Frontend Frontend)> _held = [];
    private readonly Dictionary<FrontendKey, List<string>> _waiting = [];
    private readonly Dictionary<Element, int> _shared = [];
    private readonly List<Element> _before = [];
    private readonly List<Element> _after = [];

    /// <summary>The frontends as they stand.</summary>
    public IEnumerable<Frontend> Frontends => _held.Values.Select(h => h.Frontend);

    public Frontend? Find(FrontendKey key) => _held.TryGetValue(key, out var held) ? held.Frontend : null;

    /// <summary>Replaces what an owner wants; an empty list ends it. Adds the difference to the change.</summary>
    public void Set(string owner, IReadOnlyList<Frontend> frontends, ElementChange change)
    {
        var old = _wanted.GetValueOrDefault(owner);
        var wanted = new Dictionary<FrontendKey, Frontend>(frontends.Count);
        foreach (var frontend in frontends)
        {
            wanted.TryAdd(frontend.Key, frontend);
        }
        if (wanted.Count == 0)
        {
            _wanted.Remove(owner);
        }
        else
        {
            _wanted[owner] = wanted;
        }
        foreach (var key in old?.Keys ?? Enumerable.Empty<FrontendKey>())
        {
            if (!wanted.ContainsKey(key))
            {
                Release(owner, key, change);
            }
        }
        foreach (var frontend in wanted.Values)
        {
            Claim(owner, frontend, change);
        }
    }

    /// <summary>All elements, for a kernel that has none.</summary>
    public ElementChange Everything()
    {
        var change = new ElementChange();
        foreach (var (_, frontend) in _held.Values)
        {
            _after.Clear();
            Element.Own(frontend, _after);
            change.Added.UnionWith(_after);
        }
        change.Added.UnionWith(_shared.Keys);
        return change;
    }

    private void Claim(string owner, Frontend frontend, ElementChange change)
    {
        if (!_held.TryGetValue(frontend.Key, out var held))
        {
            Replace(owner, null, frontend, change);
        }
        else if (held.Owner == owner)
        {
            Replace(owner, held.Frontend, frontend.After(held.Frontend), change);
        }
        else
        {
            if (!_waiting.TryGetValue(frontend.Key, out var queue))
            {
                _waiting.Add(frontend.Key, queue = []);
            }
            if (!queue.Contains(owner))
            {
                queue.Add(owner);
            }
        }
    }

    private void Release(string owner, FrontendKey key, ElementChange change)
    {
        var queue = _waiting.GetValueOrDefault(key);
        if (_held[key].Owner != owner)
        {
            queue?.Remove(owner);
        }
        else if (queue is { Count: > 0 })
        {
            var next = queue[0];
            queue.RemoveAt(0);
            Replace(next, _held[key].Frontend, _wanted[next][key].After(_held[key].Frontend), change);
        }
        else
        {
            Replace(owner, _held[key].Frontend, null, change);
        }
        if (queue is { Count: 0 })
        {
            _waiting.Remove(key);
        }
    }

    private void Replace(string owner, Frontend? before, Frontend? after, ElementChange change)
    {
        _before.Clear();
        _after.Clear();
        if (before is not null)
        {
            Element.Own(before, _before);
        }
        if (after is not null)
        {
            _held[after.Key] = (owner, after);
            Element.Own(after, _after);
        }
        else
        {
            _held.Remove(before!.Key);
        }
        var keep = _before.Count > 0 && _after.Count > 0 ? new HashSet<Element>(_before) : [];
        keep.IntersectWith(_after);
        foreach (var element in _before)
        {
            if (!keep.Contains(element))
            {
                Remove(element, change);
            }
        }
        foreach (var element in _after)
        {
            if (!keep.Contains(element))
            {
                Add(element, change);
            }
        }
        var key = (after ?? before)!.Key;
        if (key.Protocol == FrontendKey.Udp && _before.Count + _after.Count > keep.Count * 2)
        {
            change.StaleUdp.Add(key);
        }
        if (before is { AffinitySeconds: > 0 } && before.Backends.Any(b => after is null || !after.Backends.Contains(b)))
        {
            change.StaleAffinity.Add(key);
        }
        ReplaceShared(before, after, change);
    }

    private void ReplaceShared(Frontend? before, Frontend? after, ElementChange change)
    {
        _before.Clear();
        _after.Clear();
        if (after is not null)
        {
            Element.Shared(after, podRange, _after);
        }
        if (before is not null)
        {
            Element.Shared(before, podRange, _before);
        }
        foreach (var element in _after)
        {
            var count = _shared.GetValueOrDefault(element);
            _shared[element] = count + 1;
            if (count == 0)
            {
                Add(element, change);
            }
        }
        foreach (var element in _before)
        {
            var count = _shared[element] - 1;
            if (count > 0)
            {
                _shared[element] = count;
                continue;
            }
            _shared.Remove(element);
            Remove(element, change);
        }
    }

    /// <summary>What the same change added and takes away again was never in the kernel.</summary>
    private static void Remove(Element element, ElementChange change)
    {
        if (!change.Added.Remove(element))
        {
            change.Removed.Add(element);
        }
    }

    private static void Add(Element element, ElementChange change)
    {
        if (!change.Removed.Remove(element))
        {
            change.Added.Add(element);
        }
    }
}

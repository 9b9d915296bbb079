namespace Proa.ApiServer.Fairness;

/// <summary>How many watches are open, by what they are of: what a write costs is mostly telling them. Thread-safe.</summary>
internal sealed class WatchCounts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Watched, int> _counts = [];

    /// <returns>Dispose it when the watch ends.</returns>
    public IDisposable? Add(RequestInfo info)
    {
        // Watches of one node's pods are told of that node's alone.
        if (info.Resource == "pods" && HasNode(info.FieldSelector))
        {
            return null;
        }
        var key = new Watched(info.Group, info.Resource, info.Namespace, info.Name);
        lock (_lock)
        {
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
        return new Entry(this, key);
    }

    /// <summary>The watches that a write may concern: of the kind, of its namespace, of the object.</summary>
    public int Of(RequestInfo info)
    {
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(new(info.Group, info.Resource, "", ""));
            if (info.Namespace.Length > 0)
            {
                count += _counts.GetValueOrDefault(new(info.Group, info.Resource, info.Namespace, ""));
            }
            if (info.Name.Length > 0)
            {
                count += _counts.GetValueOrDefault(new(info.Group, info.Resource, info.Namespace, info.Name));
            }
            return count;
        }
    }

    private static bool HasNode(string selector)
    {
        foreach (var part in selector.AsSpan().Split(','))
        {
            var term = selector.AsSpan()[part];
            const string Field = "spec.nodeName";
            if (term.StartsWith(Field) && term[Field.Length..].TrimStart('=').Length is > 0 and var rest && rest < term.Length - Field.Length)
            {
                return true;
            }
        }
        return false;
    }

    private void Remove(Watched key)
    {
        lock (_lock)
        {
            if (--_counts[key] == 0)
            {
                _counts.Remove(key);
            }
        }
    }

    private readonly record struct Watched(string Group, string Resource, string Namespace, string Name);

    private sealed class Entry(WatchCounts owner, Watched key) : IDisposable
    {
        private WatchCounts? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Remove(key);
    }
}

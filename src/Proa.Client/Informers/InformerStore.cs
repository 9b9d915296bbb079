using Proa.Api.Meta;

namespace Proa.Client.Informers;

/// <summary>The objects of one informer by name, by namespace and by its indexes. Not thread-safe.</summary>
internal sealed class InformerStore<T> where T : class, IResource<T>
{
    private readonly Dictionary<(string Ns, string Name), T> _objects = [];
    private readonly Dictionary<string, Index> _indexes = new(StringComparer.Ordinal);
    private readonly Index _byNamespace = new(static o => [o.Metadata.Namespace ?? ""]);
    private T[]? _all;

    public int Count => _objects.Count;

    public static (string, string) KeyOf(T o) => (o.Metadata.Namespace ?? "", o.Metadata.Name ?? "");

    public T? Get(string ns, string name) => _objects.GetValueOrDefault((ns, name));

    public T[] All() => _all ??= [.. _objects.Values];

    public T[] InNamespace(string ns) => _byNamespace.Get(ns);

    public T[] ByIndex(string index, string key) =>
        _indexes.TryGetValue(index, out var found) ? found.Get(key) : throw new ArgumentException($"no index {index}", nameof(index));

    public void AddIndex(string name, Func<T, IEnumerable<string>> keys)
    {
        if (_indexes.ContainsKey(name))
        {
            return;
        }
        var index = new Index(keys);
        foreach (var o in _objects.Values)
        {
            index.Add(o);
        }
        _indexes.Add(name, index);
    }

    /// <returns>What stood there before.</returns>
    public T? Set(T o)
    {
        var key = KeyOf(o);
        _all = null;
        if (_objects.TryGetValue(key, out var old))
        {
            Unindex(old);
        }
        _objects[key] = o;
        _byNamespace.Add(o);
        foreach (var index in _indexes.Values)
        {
            index.Add(o);
        }
        return old;
    }

    public T? Remove((string, string) key)
    {
        if (!_objects.Remove(key, out var old))
        {
            return null;
        }
        _all = null;
        Unindex(old);
        return old;
    }

    private void Unindex(T old)
    {
        _byNamespace.Remove(old);
        foreach (var index in _indexes.Values)
        {
            index.Remove(old);
        }
    }

    private sealed class Index(Func<T, IEnumerable<string>> keys)
    {
        private readonly Dictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

        public T[] Get(string key) => _buckets.TryGetValue(key, out var bucket) ? bucket.Snapshot ??= [.. bucket.Objects] : [];

        public void Add(T o)
        {
            foreach (var key in keys(o))
            {
                if (!_buckets.TryGetValue(key, out var bucket))
                {
                    _buckets.Add(key, bucket = new());
                }
                bucket.Objects.Add(o);
                bucket.Snapshot = null;
            }
        }

        public void Remove(T o)
        {
            foreach (var key in keys(o))
            {
                if (_buckets.TryGetValue(key, out var bucket) && bucket.Objects.Remove(o))
                {
                    bucket.Snapshot = null;
                    if (bucket.Objects.Count == 0)
                    {
                        _buckets.Remove(key);
                    }
                }
            }
        }
    }

    private sealed class Bucket
    {
        // By reference: models compare deeply, which would make each change of an index cost as much as the object.
        public HashSet<T> Objects { get; } = new(ReferenceEqualityComparer.Instance);

        public T[]? Snapshot { get; set; }
    }
}

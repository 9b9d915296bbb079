namespace Proa.Controllers.Common;

/// <summary>
/// What a controller has ordered and not yet seen in its cache. While something is outstanding, the cache is too old to
/// count by; after five minutes it is taken as lost. Thread-safe.
/// </summary>
internal sealed class Expectations(TimeProvider time)
{
    private static readonly TimeSpan s_lost = TimeSpan.FromMinutes(5);
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, Outstanding> _outstanding = [];

    public bool Satisfied(NamespacedName key)
    {
        lock (_gate)
        {
            return !_outstanding.TryGetValue(key, out var o) || (o.Creations <= 0 && o.Deletions.Count == 0) || time.GetUtcNow() - o.Since > s_lost;
        }
    }

    public void ExpectCreations(NamespacedName key, int count)
    {
        lock (_gate)
        {
            _outstanding[key] = new(time.GetUtcNow()) { Creations = count };
        }
    }

    /// <param name="uids">Of the objects; an object's deletion may be observed twice, as marked and as gone, and counts once.</param>
    public void ExpectDeletions(NamespacedName key, IEnumerable<string> uids)
    {
        lock (_gate)
        {
            var o = new Outstanding(time.GetUtcNow());
            o.Deletions.UnionWith(uids);
            _outstanding[key] = o;
        }
    }

    public void CreationObserved(NamespacedName key, int count = 1)
    {
        lock (_gate)
        {
            if (_outstanding.TryGetValue(key, out var o))
            {
                o.Creations -= count;
            }
        }
    }

    public void DeletionObserved(NamespacedName key, string? uid)
    {
        lock (_gate)
        {
            if (uid is not null && _outstanding.TryGetValue(key, out var o))
            {
                o.Deletions.Remove(uid);
            }
        }
    }

    public void Forget(NamespacedName key)
    {
        lock (_gate)
        {
            _outstanding.Remove(key);
        }
    }

    private sealed class Outstanding(DateTimeOffset since)
    {
        public DateTimeOffset Since { get; } = since;

        public int Creations { get; set; }

        public HashSet<string> Deletions { get; } = new(StringComparer.Ordinal);
    }
}

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Token buckets by key, those used last. Thread-safe; its memory is bounded.</summary>
internal sealed class EventBuckets(EventRate rate, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Bucket>> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<Bucket> _byUse = new();

    public string Type => rate.Type;

    public bool TryTake(string key)
    {
        var now = clock.GetTimestamp();
        lock (_gate)
        {
            if (_byKey.TryGetValue(key, out var node))
            {
                _byUse.Remove(node);
            }
            else
            {
                if (_byKey.Count >= rate.Buckets)
                {
                    _byKey.Remove(_byUse.Last!.Value.Key);
                    _byUse.RemoveLast();
                }
                node = new(new(key, rate.Burst, now));
                _byKey[key] = node;
            }
            _byUse.AddFirst(node);
            var bucket = node.Value;
            bucket.Tokens = Math.Min(rate.Burst, bucket.Tokens + (clock.GetElapsedTime(bucket.Filled, now).TotalSeconds * rate.PerSecond));
            bucket.Filled = now;
            if (bucket.Tokens < 1)
            {
                return false;
            }
            bucket.Tokens--;
            return true;
        }
    }

    private sealed class Bucket(string key, double tokens, long filled)
    {
        public string Key => key;

        public double Tokens { get; set; } = tokens;

        public long Filled { get; set; } = filled;
    }
}

namespace Proa.Controllers.Nodes;

/// <summary>
/// When each node was last heard of, by this process's own clock: what a node writes is compared only with what it wrote
/// before, never with our time. Thread-safe.
/// </summary>
internal sealed class NodeHeartbeats(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Heard> _heard = new(StringComparer.Ordinal);

    /// <summary>How long the node has been silent; a node that was never heard of is taken as heard of now.</summary>
    public TimeSpan Silence(string node)
    {
        lock (_gate)
        {
            return time.GetElapsedTime(Get(node).At);
        }
    }

    /// <returns>Whether it is news.</returns>
    public bool Posted(string node, DateTimeOffset? heartbeat)
    {
        lock (_gate)
        {
            var heard = Get(node);
            var news = heard.Status != heartbeat;
            heard.Status = heartbeat;
            heard.At = news ? time.GetTimestamp() : heard.At;
            return news;
        }
    }

    /// <inheritdoc cref="Posted"/>
    public bool Renewed(string node, DateTimeOffset? renewal)
    {
        lock (_gate)
        {
            var heard = Get(node);
            var news = heard.Lease != renewal;
            heard.Lease = renewal;
            heard.At = news ? time.GetTimestamp() : heard.At;
            return news;
        }
    }

    public void Forget(string node)
    {
        lock (_gate)
        {
            _heard.Remove(node);
        }
    }

    private Heard Get(string node)
    {
        if (!_heard.TryGetValue(node, out var heard))
        {
            _heard.Add(node, heard = new() { At = time.GetTimestamp() });
        }
        return heard;
    }

    private sealed class Heard
    {
        public long At { get; set; }

        public DateTimeOffset? Status { get; set; }

        public DateTimeOffset? Lease { get; set; }
    }
}

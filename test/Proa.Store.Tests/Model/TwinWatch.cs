namespace Proa.Store.Tests.Model;

/// <summary>What a watch must say next, and whether it fell too far behind.</summary>
internal sealed class TwinWatch(string resource, string? ns, long after, int capacity)
{
    private readonly long _after = after;

    public string Resource => resource;

    public string? Namespace => ns;

    public Queue<TwinChange> Expected { get; } = [];

    public bool Overrun { get; private set; }

    /// <summary>Where to resume.</summary>
    public long Last { get; set; } = after;

    /// <summary>What comes next is not known.</summary>
    public void End() => Overrun = true;

    /// <summary>Keeps only what was expected first.</summary>
    public void Forget(int after)
    {
        var kept = Expected.Take(after).ToList();
        Expected.Clear();
        kept.ForEach(Expected.Enqueue);
    }

    public void Offer(TwinChange change)
    {
        if (Overrun || change.Object.Key.Resource != resource || change.Object.Revision <= _after || (ns is not null && change.Object.Key.Namespace != ns))
        {
            return;
        }
        if (Expected.Count == capacity)
        {
            Overrun = true;
            return;
        }
        Expected.Enqueue(change);
    }
}

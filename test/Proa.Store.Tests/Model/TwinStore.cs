using Proa.Store.Index;

namespace Proa.Store.Tests.Model;

/// <summary>The store's rules in the plainest way: a dictionary, a log of changes, and floors by counting.</summary>
internal sealed class TwinStore(long revision, int historyLimit)
{
    private readonly Dictionary<ObjectKey, TwinObject> _now = [];
    private readonly Dictionary<string, List<TwinChange>> _history = [];
    private readonly Dictionary<string, long> _floors = [];
    private long _firstFloor = revision;

    public long Revision { get; private set; } = revision;

    public long CompactedRevision => _floors.Values.Append(_firstFloor).Max();

    public List<TwinWatch> Watches { get; } = [];

    public TwinObject? Get(in ObjectKey key) => _now.GetValueOrDefault(key);

    /// <param name="at">The revision that it got, where others may take revisions too; null: the next one.</param>
    public (WriteOutcome Outcome, long? Revision) Write(WriteRequest request, string text, long? at = null)
    {
        var current = Get(request.Key);
        if (request.Kind == WriteKind.Create && current is not null)
        {
            return (WriteOutcome.Exists, current.Revision);
        }
        if (request.Kind != WriteKind.Create && current is null)
        {
            return (WriteOutcome.NotFound, null);
        }
        if (request.ExpectedRevision != 0 && request.ExpectedRevision != current!.Revision)
        {
            return (WriteOutcome.Conflict, current.Revision);
        }
        Assert.False(at <= Revision, "a revision that is not new");
        Revision = at ?? Revision + 1;
        var isDelete = request.Kind == WriteKind.Delete;
        var next = new TwinObject(request.Key, Revision, current?.CreateRevision ?? Revision, isDelete ? current!.Text : text);
        if (isDelete)
        {
            _now.Remove(request.Key);
        }
        else
        {
            _now[request.Key] = next;
        }
        Told(new TwinChange(isDelete ? ChangeKind.Deleted : current is null ? ChangeKind.Added : ChangeKind.Modified, next, current));
        return (WriteOutcome.Done, Revision);
    }

    public long Floor(string resource) => _floors.GetValueOrDefault(resource, _firstFloor);

    /// <summary>Null: compacted.</summary>
    public List<TwinObject>? List(string resource, string? ns, long revision)
    {
        if (revision != 0 && revision < Revision && revision < Floor(resource))
        {
            return null;
        }
        var state = _now.Where(item => item.Key.Resource == resource).ToDictionary();
        if (revision != 0)
        {
            foreach (var change in History(resource).Where(change => change.Object.Revision > revision).Reverse())
            {
                _ = change.Previous is null ? state.Remove(change.Object.Key) : (state[change.Object.Key] = change.Previous) is null;
            }
        }
        return [.. state.Values.Where(item => ns is null || item.Key.Namespace == ns).OrderBy(item => $"{item.Key.Namespace}/{item.Key.Name}", StringComparer.Ordinal)];
    }

    /// <summary>Null: compacted.</summary>
    public TwinWatch? Watch(string resource, string? ns, long after, int backlog)
    {
        if (after < Floor(resource))
        {
            return null;
        }
        var past = History(resource).Where(change => change.Object.Revision > after).ToList();
        var watch = new TwinWatch(resource, ns, after, past.Count + backlog);
        past.ForEach(watch.Offer);
        Watches.Add(watch);
        return watch;
    }

    /// <summary>The process ends and another one opens what is there: no history is left.</summary>
    public void Restart(long revision)
    {
        Watches.Clear();
        Reload(revision);
    }

    /// <summary>Everything was read again: no history is left, and watches end.</summary>
    public void Reload(long revision)
    {
        Watches.ForEach(static watch => watch.End());
        Revision = _firstFloor = revision;
        _floors.Clear();
        _history.Clear();
    }

    private List<TwinChange> History(string resource) => _history.TryGetValue(resource, out var known) ? known : _history[resource] = [];

    private void Told(TwinChange change)
    {
        var resource = change.Object.Key.Resource;
        var history = History(resource);
        history.Add(change);
        Watches.ForEach(watch => watch.Offer(change));
        if (history.Count > historyLimit)
        {
            _floors[resource] = history[0].Object.Revision;
            history.RemoveAt(0);
        }
    }
}

internal sealed record TwinObject(ObjectKey Key, long Revision, long CreateRevision, string Text);

internal sealed record TwinChange(ChangeKind Kind, TwinObject Object, TwinObject? Previous);

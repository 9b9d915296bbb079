namespace Proa.Store.Tests.Durability;

using State = Dictionary<(string Resource, string Name), (long Revision, string State)>;

/// <summary>What a <see cref="CrashWorkload"/> said until it was cut off, and whether what is on the disk fits to it.</summary>
internal sealed class CrashLog
{
    private readonly Dictionary<long, (string Resource, string Name, string State)> _changes = [];
    private readonly HashSet<long> _acknowledged = [];
    private readonly Dictionary<string, (string Resource, List<long> Seen)> _watches = [];

    // By writer: asked for, and no answer heard yet.
    private readonly Dictionary<string, (string Resource, string Name, string State)> _underWay = [];
    private readonly List<(long After, (string Resource, string Name, string State) Change)> _refused = [];
    private readonly HashSet<(string Resource, string Name, string State)> _open = [];
    private string? _wrong;

    public int Refused { get; private set; }

    public int Acknowledged => _acknowledged.Count;

    public void Add(string line)
    {
        if (line.Split(' ') is not [var what, var number, var third, var fourth, var state])
        {
            return; // the last line, cut short
        }
        var revision = long.Parse(number);
        switch (what)
        {
            case "try":
                _underWay[WriterOf(fourth)] = (third, fourth, state);
                break;
            case "refuse":
                Refused++;
                _underWay.Remove(WriterOf(fourth));
                _refused.Add((revision, (third, fourth, state)));
                break;
            case "open":
                _underWay.Remove(WriterOf(fourth));
                _open.Add((third, fourth, state));
                break;
            case "none":
                _underWay.Remove(WriterOf(fourth));
                break;
            case "ack":
                _wrong ??= _acknowledged.Add(revision) ? null : $"revision {revision} was given to two writes";
                _underWay.Remove(WriterOf(fourth));
                Tell(revision, third, fourth, state);
                break;
            case "watch":
                _watches[fourth] = (third, [revision]);
                break;
            default:
                var (resource, seen) = _watches[fourth];
                _wrong ??= revision > seen[^1] ? null : $"watch {fourth} saw {revision} after {seen[^1]}";
                seen.Add(revision);
                Tell(revision, resource, third, state);
                break;
        }
    }

    /// <summary>
    /// Everything acknowledged or seen is there; besides it only what was asked for without an answer, or was refused last before
    /// the end; no revision is higher than the store's; each watch saw every change of its resource, up to its last one, once and
    /// in order.
    /// </summary>
    /// <returns>Null: all holds.</returns>
    public string? Check(State before, long revisionBefore, State found, long revision)
    {
        if (_wrong is not null)
        {
            return _wrong;
        }
        if (_changes.Keys.Any(told => told <= revisionBefore || told > revision))
        {
            return $"revisions {_changes.Keys.Min()} to {_changes.Keys.Max()} were told; the store went from {revisionBefore} to {revision}";
        }
        if (found.Values.Select(item => item.Revision).Distinct().Count() != found.Count || found.Values.Any(item => item.Revision > revision))
        {
            return "two objects are of one revision, or one is of the future";
        }
        return _watches.Values.Select(MissedBy).FirstOrDefault(missed => missed is not null) ?? Misplaced(before, found);
    }

    private static string WriterOf(string name) => name[..(name.IndexOf('-') + 1)];

    private string? MissedBy((string Resource, List<long> Seen) watch)
    {
        var expected = _changes.Where(change => change.Value.Resource == watch.Resource && change.Key > watch.Seen[0] && change.Key <= watch.Seen[^1]);
        var missed = expected.Select(change => change.Key).Except(watch.Seen).Order().ToList();
        return missed.Count == 0 ? null : $"a watch of {watch.Resource} saw {watch.Seen[^1]}, but not {missed[0]}";
    }

    private string? Misplaced(State before, State found)
    {
        // Replayed in order: what must be there at least.
        var expected = new State(before);
        foreach (var (revision, (resource, name, state)) in _changes.OrderBy(change => change.Key))
        {
            expected[(resource, name)] = (revision, state);
        }
        foreach (var key in expected.Keys.Union(found.Keys))
        {
            var (revision, state) = expected.TryGetValue(key, out var told) ? told : (0, "gone");
            var (foundRevision, foundState) = found.TryGetValue(key, out var there) ? there : (0, "gone");
            if (foundState == state && (state == "gone" || foundRevision == revision))
            {
                continue;
            }
            if ((foundRevision != 0 && foundRevision <= revision) || !MayBe((key.Resource, key.Name, foundState)))
            {
                return $"{key} was told to be {Short(state)} at {revision}, and is {Short(foundState)} of {foundRevision}";
            }
        }
        return null;
    }

    private static string Short(string state) => state[..Math.Min(state.Length, 8)];

    // A write whose outcome was not heard any more may be durable; so may one that the disk refused, until another overwrote it.
    private bool MayBe((string Resource, string Name, string State) change)
    {
        var last = _acknowledged.Count == 0 ? 0 : _acknowledged.Max();
        return _open.Contains(change) || (_underWay.TryGetValue(WriterOf(change.Name), out var tried) && tried == change)
            || _refused.Any(refused => refused.Change == change && refused.After >= last);
    }

    private void Tell(long revision, string resource, string name, string state)
    {
        if (!_changes.TryAdd(revision, (resource, name, state)) && _changes[revision] != (resource, name, state))
        {
            _wrong ??= $"revision {revision} was told as two changes";
        }
        // Seen by a watch: made, though its writer's answer may not have been heard.
        if (_underWay.TryGetValue(WriterOf(name), out var tried) && tried == (resource, name, state))
        {
            _underWay.Remove(WriterOf(name));
        }
    }
}

namespace Proa.Store.Tests.Durability;

using State = Dictionary<(string Resource, string Name), (long Revision, string State)>;

/// <summary>What a killed process said, and whether what is on the disk fits to it.</summary>
internal sealed class CrashLog
{
    private readonly Dictionary<long, (string Resource, string Name, string State)> _changes = [];
    private readonly HashSet<long> _acknowledged = [];
    private readonly Dictionary<string, (string Resource, List<long> Seen)> _watches = [];
    private string? _wrong;

    public void Add(string line)
    {
        if (line.Split(' ') is not [var what, var number, var third, var fourth, var state])
        {
            return; // the last line, cut short
        }
        var revision = long.Parse(number);
        switch (what)
        {
            case "ack":
                _wrong ??= _acknowledged.Add(revision) ? null : $"revision {revision} was given to two writes";
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
    /// Everything acknowledged or seen is there, unless a later write of the object is; nothing that was not asked for is; no
    /// revision is higher than the store's; each watch saw every change of its resource, up to its last one, once and in order.
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
        foreach (var (key, (revision, state)) in expected)
        {
            if (found.TryGetValue(key, out var there))
            {
                // A write whose outcome was not heard any more may be durable: one of the object's own writer, and later.
                if (there.Revision < revision || (there.Revision == revision && there.State != state) || !IsWhole(there.State))
                {
                    return $"{key} was told at {revision}, and is of {there.Revision}";
                }
            }
            else if (state != "gone" && !MayHaveGone(key))
            {
                return $"{key} was told at {revision}, and is gone";
            }
        }
        // One writer has one write under way: more that nobody heard of than writers is more than was asked for.
        var unheard = found.Count(item => !expected.TryGetValue(item.Key, out var told) || told.Revision != item.Value.Revision)
            + expected.Count(item => item.Value.State != "gone" && !found.ContainsKey(item.Key));
        return unheard <= CrashChild.Writers ? null : $"{unheard} changes are there that {CrashChild.Writers} writers cannot have under way";

        // A deletion under way: its writer, named before the dash, has no other unheard write.
        bool MayHaveGone((string Resource, string Name) key)
        {
            var writer = key.Name[..(key.Name.IndexOf('-') + 1)];
            return !found.Any(item => item.Key.Name.StartsWith(writer, StringComparison.Ordinal)
                && (!expected.TryGetValue(item.Key, out var told) || told.Revision != item.Value.Revision));
        }
    }

    private static bool IsWhole(string state) => state.IndexOf('-') is > 0 and var dash && state.AsSpan(dash + 1).TrimStart('v').IsEmpty;

    private void Tell(long revision, string resource, string name, string state)
    {
        if (!_changes.TryAdd(revision, (resource, name, state)) && _changes[revision] != (resource, name, state))
        {
            _wrong ??= $"revision {revision} was told as two changes";
        }
    }
}

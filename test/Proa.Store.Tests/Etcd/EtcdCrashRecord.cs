namespace Proa.Store.Tests.Etcd;

/// <summary>
/// What servers said until they were killed, held to what etcd says that happened. Every acknowledged write happened, at the
/// revision that was told, once, and after it was asked for. What happened beside those was asked for by a write whose answer
/// nobody heard, or was said to be unknown, and by one each; nothing that was refused happened. Each watch saw every change of its
/// resource once and in order. Whoever asked for a fresh read saw what had been acknowledged by any server before.
/// </summary>
internal sealed class EtcdCrashRecord
{
    // Asked for, and not known what became of it: a request in a killed server's socket may reach a member in a later round.
    private readonly List<Try> _open = [];

    public int Acknowledged { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Writes without an answer that happened all the same, and those that did so in a later round.</summary>
    public (int Unheard, int Late) Happened { get; private set; }

    public int Open { get; private set; }

    public int Reads { get; private set; }

    /// <param name="servers">The lines of each server, in their order.</param>
    /// <param name="changes">All changes of this round, in order.</param>
    /// <returns>Null: all holds.</returns>
    public string? Check(IEnumerable<IReadOnlyList<string>> servers, IReadOnlyList<EtcdChange> changes)
    {
        _open.ForEach(static open => open.Earlier = true);
        var round = new Round(changes);
        foreach (var lines in servers)
        {
            _open.AddRange(round.Add(lines));
        }
        foreach (var change in changes.Where(change => !round.Acknowledged.Contains(change.Revision)))
        {
            if (_open.Find(open => open.IsOf(change) && open.After < change.Revision) is not { } open)
            {
                return $"{change} happened, but was not asked for, or it happened twice, or it was refused";
            }
            Happened = (Happened.Unheard + 1, Happened.Late + (open.Earlier ? 1 : 0));
            _open.Remove(open);
        }
        Acknowledged += round.Acknowledged.Count;
        Refused += round.Refused;
        Open += round.Open;
        Reads += round.Reads;
        return round.Wrong ?? round.MissedByWatches() ?? round.StaleRead();
    }

    private sealed record Try(string Resource, string Name, string State, long After)
    {
        public bool Earlier { get; set; }

        public bool IsOf(EtcdChange change) => (Resource, Name, State) == (change.Resource, change.Name, change.State);
    }

    private sealed class Round(IReadOnlyList<EtcdChange> changes)
    {
        private readonly Dictionary<long, EtcdChange> _changes = changes.ToDictionary(static change => change.Revision);
        private readonly List<(string Resource, List<long> Seen)> _watches = [];
        private readonly List<(long Time, long Revision)> _told = [];
        private readonly List<(long Time, long Revision)> _reads = [];

        public HashSet<long> Acknowledged { get; } = [];

        public int Refused { get; private set; }

        public int Open { get; private set; }

        public int Reads => _reads.Count;

        public string? Wrong { get; private set; }

        /// <returns>The writes of which it is not known what became of them.</returns>
        public List<Try> Add(IReadOnlyList<string> lines)
        {
            var open = new List<Try>();
            var underWay = new Dictionary<string, Try>();
            var watches = new Dictionary<string, (string Resource, List<long> Seen)>();
            foreach (var line in lines)
            {
                if (line.Split(' ') is not [var what, var number, var third, var fourth, var state])
                {
                    continue; // the last line, cut short
                }
                var revision = long.Parse(number);
                var writer = fourth[..(fourth.IndexOf('-') + 1)];
                switch (what)
                {
                    case "try":
                        underWay[writer] = new Try(third, fourth, state, revision);
                        break;
                    case "ack":
                        Acknowledge(revision, underWay[writer]);
                        underWay.Remove(writer);
                        break;
                    case "refuse" or "none":
                        Refused++;
                        underWay.Remove(writer);
                        break;
                    case "open":
                        Open++;
                        open.Add(underWay[writer]);
                        underWay.Remove(writer);
                        break;
                    case "watch":
                        watches[fourth] = (third, [revision]);
                        break;
                    case "told":
                        _told.Add((long.Parse(third), revision));
                        break;
                    case "read":
                        _reads.Add((long.Parse(third), revision));
                        break;
                    default:
                        var (resource, seen) = watches[fourth];
                        Require(revision > seen[^1], $"watch {fourth} saw {revision} after {seen[^1]}");
                        Require(Is(revision, resource, third, state), $"watch {fourth} saw {resource} {third} {Short(state)} of {revision}, but {At(revision)}");
                        seen.Add(revision);
                        break;
                }
            }
            _watches.AddRange(watches.Values);
            open.AddRange(underWay.Values);
            return open;
        }

        public string? MissedByWatches()
        {
            foreach (var (resource, seen) in _watches)
            {
                var expected = changes.Where(change => change.Resource == resource && change.Revision > seen[0] && change.Revision <= seen[^1]);
                if (expected.Select(static change => change.Revision).Except(seen).Order().ToList() is [var missed, ..])
                {
                    return $"a watch of {resource} saw {seen[^1]}, but not {missed}";
                }
            }
            return null;
        }

        public string? StaleRead()
        {
            _told.Sort();
            var told = 0;
            long revision = 0;
            foreach (var read in _reads.Order())
            {
                while (told < _told.Count && _told[told].Time < read.Time)
                {
                    revision = Math.Max(revision, _told[told++].Revision);
                }
                if (read.Revision < revision)
                {
                    return $"a read was of revision {read.Revision} after {revision} had been acknowledged";
                }
            }
            return null;
        }

        private void Acknowledge(long revision, Try asked)
        {
            Require(Acknowledged.Add(revision), $"revision {revision} was given to two writes");
            Require(revision > asked.After, $"{asked} was done at {revision}");
            Require(Is(revision, asked.Resource, asked.Name, asked.State), $"{asked.Resource} {asked.Name} {Short(asked.State)} was told to be done at {revision}, but {At(revision)}");
        }

        private bool Is(long revision, string resource, string name, string state) =>
            _changes.TryGetValue(revision, out var change) && (change.Resource, change.Name, change.State) == (resource, name, state);

        private string At(long revision) => _changes.TryGetValue(revision, out var change) ? $"etcd has {change}" : "etcd has nothing there";

        private static string Short(string state) => state[..Math.Min(state.Length, 16)];

        private void Require(bool holds, string wrong) => Wrong ??= holds ? null : wrong;
    }
}

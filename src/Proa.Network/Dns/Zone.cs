using System.Collections.Concurrent;

namespace Proa.Network.Dns;

/// <summary>
/// All names that the cluster answers for. Owners (a Service, a namespace) put in what they have, name by name; a name's
/// answers are built when that changes, not when someone asks. One writer, any number of readers.
/// </summary>
internal sealed class Zone
{
    private readonly ConcurrentDictionary<byte[], ZoneNode> _nodes = new(NameComparer.Instance);
    private readonly ConcurrentDictionary<byte[], ZoneNode>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly Dictionary<byte[], Place> _places = new(NameComparer.Instance);
    private readonly Dictionary<string, Dictionary<byte[], ZoneRecords>> _owners = [];

    public Zone() => _lookup = _nodes.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>How many names there are.</summary>
    public int Count => _nodes.Count;

    /// <returns>Null when the name does not exist.</returns>
    public ZoneNode? Find(ReadOnlySpan<byte> name) => _lookup.TryGetValue(name, out var node) ? node : null;

    /// <summary>Replaces all that an owner has; nothing ends it.</summary>
    public void Set(string owner, Dictionary<byte[], ZoneRecords> records)
    {
        var old = _owners.GetValueOrDefault(owner);
        if (records.Count == 0)
        {
            _owners.Remove(owner);
        }
        else
        {
            _owners[owner] = records;
        }
        // New names first: one that moves from one owner's word to another's never vanishes in between.
        foreach (var (name, value) in records)
        {
            var place = Enter(name);
            place.Records[owner] = value;
            Build(name, place);
        }
        foreach (var name in old?.Keys ?? Enumerable.Empty<byte[]>())
        {
            if (!records.ContainsKey(name))
            {
                var place = _places[name];
                place.Records.Remove(owner);
                Build(name, place);
                Leave(name, place);
            }
        }
    }

    /// <summary>A name's place, made with those above it when it is new.</summary>
    private Place Enter(byte[] name)
    {
        if (_places.TryGetValue(name, out var place))
        {
            return place;
        }
        place = new Place();
        _places.Add(name, place);
        if (name.Length > 1)
        {
            var parent = DnsName.Parent(name).ToArray();
            var above = Enter(parent);
            above.Children++;
            if (parent.Length > 1)
            {
                _nodes.TryAdd(parent, ZoneNode.Bare);
            }
        }
        return place;
    }

    private void Leave(byte[] name, Place place)
    {
        if (place.Records.Count > 0 || place.Children > 0)
        {
            return;
        }
        _places.Remove(name);
        _nodes.TryRemove(name, out _);
        if (name.Length > 1)
        {
            var parent = DnsName.Parent(name).ToArray();
            var above = _places[parent];
            above.Children--;
            Leave(parent, above);
        }
    }

    private void Build(byte[] name, Place place) =>
        _nodes[name] = place.Records.Count == 0 ? ZoneNode.Bare : new ZoneNode(place.Records.Values);

    private sealed class Place
    {
        public SortedDictionary<string, ZoneRecords> Records { get; } = new(StringComparer.Ordinal);

        public int Children { get; set; }
    }
}

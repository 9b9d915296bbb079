using System.Buffers.Binary;

namespace Proa.Network.Dns;

/// <summary>
/// Answers of other servers, for as long as they say but half a minute at most, as CoreDNS does in a cluster. Bounded in
/// entries and bytes; the oldest go first. Thread-safe.
/// </summary>
internal sealed class ForwardCache(TimeProvider time)
{
    public const int MaximumEntries = 8192;
    public const int MaximumBytes = 4 << 20;
    private const uint MaximumTtl = 30;

    private readonly Lock _gate = new();
    private readonly Dictionary<ForwardKey, Entry> _entries = [];
    private readonly Queue<(ForwardKey Key, Entry Entry)> _order = new();
    private int _bytes;

    public int Count => _entries.Count;

    public int Bytes => _bytes;

    /// <returns>A copy with what is left of the times to live; null when there is none.</returns>
    public byte[]? Find(ForwardKey key)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry))
            {
                return null;
            }
        }
        var age = time.GetElapsedTime(entry.Since);
        if (age >= entry.Life)
        {
            return null;
        }
        var copy = entry.Message.AsSpan().ToArray();
        foreach (var at in entry.Ttls)
        {
            var ttl = copy.AsSpan(at, 4);
            BinaryPrimitives.WriteUInt32BigEndian(ttl, BinaryPrimitives.ReadUInt32BigEndian(ttl) - (uint)Math.Min(age.TotalSeconds, BinaryPrimitives.ReadUInt32BigEndian(ttl)));
        }
        return copy;
    }

    /// <summary>Keeps an answer that may be kept.</summary>
    public void Add(ForwardKey key, byte[] message)
    {
        if (Life(message, out var ttls) is not { } life)
        {
            return;
        }
        var entry = new Entry(message, ttls, time.GetTimestamp(), TimeSpan.FromSeconds(life));
        lock (_gate)
        {
            if (_entries.Remove(key, out var old))
            {
                _bytes -= old.Message.Length;
            }
            _entries.Add(key, entry);
            _order.Enqueue((key, entry));
            _bytes += message.Length;
            while (_entries.Count > MaximumEntries || _bytes > MaximumBytes || _order.Count > MaximumEntries * 2)
            {
                var (first, value) = _order.Dequeue();
                if (_entries.TryGetValue(first, out var current) && ReferenceEquals(current, value))
                {
                    _entries.Remove(first);
                    _bytes -= value.Message.Length;
                }
            }
        }
    }

    /// <returns>Seconds; null for what must not be kept: failures, cut answers, those that are for now only.</returns>
    private static uint? Life(ReadOnlySpan<byte> message, out int[] ttls)
    {
        ttls = [];
        var code = (DnsCode)(message[3] & 0x0f);
        if ((message[2] & 0x02) != 0 || code is not (DnsCode.Ok or DnsCode.NameError))
        {
            return null;
        }
        var at = DnsReader.SkipName(message, DnsQuery.HeaderLength) + 4;
        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        int authorities = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int all = answers + authorities + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        var found = new List<int>(all);
        var life = MaximumTtl;
        var negative = answers == 0 || code == DnsCode.NameError;
        var soa = false;
        for (var i = 0; i < all; i++)
        {
            if (!DnsReader.TryRecord(message, ref at, out var record))
            {
                return null;
            }
            if (record.Type == DnsType.Opt)
            {
                continue;
            }
            found.Add(record.TtlAt);
            life = Math.Min(life, record.Ttl);
            if (negative && record.Type == DnsType.Soa && record.DataLength >= 4)
            {
                // RFC 2308: how long absence lasts is the last number of the SOA.
                soa = true;
                life = Math.Min(life, BinaryPrimitives.ReadUInt32BigEndian(message[(record.Data + record.DataLength - 4)..]));
            }
        }
        ttls = [.. found];
        return life == 0 || (negative && !soa) ? null : life;
    }

    private sealed record Entry(byte[] Message, int[] Ttls, long Since, TimeSpan Life);
}

/// <summary>What was asked: equal for questions that have the same answer, but for its id and the case of its letters.</summary>
internal readonly struct ForwardKey : IEquatable<ForwardKey>
{
    private readonly byte[] _name;
    private readonly uint _kind;

    public ForwardKey(in DnsQuery query, bool tcp)
    {
        _name = query.Name.ToArray();
        var checking = (query.Message[3] & 0x10) != 0;
        var desired = (query.Message[2] & 0x01) != 0;
        _kind = query.Type | (query.Class == 1 ? 0u : 1u << 16) | (query.HasEdns ? 1u << 17 : 0) | (query.DnssecOk ? 1u << 18 : 0)
            | (checking ? 1u << 19 : 0) | (tcp ? 1u << 20 : 0) | (desired ? 1u << 21 : 0);
    }

    public bool Equals(ForwardKey other) => _kind == other._kind && NameComparer.Instance.Equals(_name, other._name);

    public override bool Equals(object? obj) => obj is ForwardKey other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_kind, NameComparer.Instance.GetHashCode(_name));
}

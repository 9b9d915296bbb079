using System.Buffers.Binary;

namespace Proa.Network.Dns;

/// <summary>Records ready to be copied into an answer: their owner is the name in the question (a pointer to byte 12).</summary>
/// <param name="Size">Of one record, when all are as long; then they are given in turns.</param>
internal sealed record RecordSet(byte[] Records, int Count, int Size, byte[] Additional, int AdditionalCount)
{
    public static readonly RecordSet Empty = new([], 0, 0, [], 0);
}

/// <summary>A name and its prebuilt answers. Immutable; exchanged as a whole.</summary>
internal sealed class ZoneNode
{
    public const uint Ttl = 5;

    /// <summary>A name that exists only because there are names below it.</summary>
    public static readonly ZoneNode Bare = new([]);

    public ZoneNode(IReadOnlyCollection<ZoneRecords> all)
    {
        Addresses = Fixed(DnsType.A, 4, all.SelectMany(r => r.Addresses).Distinct().Select(Bytes));
        Addresses6 = Fixed(DnsType.Aaaa, 16, all.SelectMany(r => r.Addresses6));
        Pointers = Several(DnsType.Ptr, all.SelectMany(r => r.Pointers));
        Locations = LocationSet([.. all.SelectMany(r => r.Locations)]);
        Text = Several(DnsType.Txt, all.Select(r => r.Text).OfType<byte[]>());
        Alias = all.Select(r => r.Alias).FirstOrDefault(a => a is not null);
        AliasRecord = Alias is null ? RecordSet.Empty : Several(DnsType.Cname, [Alias]);
    }

    public RecordSet Addresses { get; }

    public RecordSet Addresses6 { get; }

    public RecordSet Pointers { get; }

    public RecordSet Locations { get; }

    public RecordSet Text { get; }

    public byte[]? Alias { get; }

    public RecordSet AliasRecord { get; }

    public RecordSet Find(ushort type) => type switch
    {
        DnsType.A => Addresses,
        DnsType.Aaaa => Addresses6,
        DnsType.Srv => Locations,
        DnsType.Ptr => Pointers,
        DnsType.Txt => Text,
        DnsType.Cname => AliasRecord,
        _ => RecordSet.Empty,
    };

    /// <summary>A record whose owner is the question's name.</summary>
    public static byte[] Record(ushort type, ReadOnlySpan<byte> data) => Record([0xc0, 0x0c], type, data);

    public static byte[] Record(ReadOnlySpan<byte> owner, ushort type, ReadOnlySpan<byte> data)
    {
        var record = new byte[owner.Length + 10 + data.Length];
        owner.CopyTo(record);
        var rest = record.AsSpan(owner.Length);
        BinaryPrimitives.WriteUInt16BigEndian(rest, type);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], Ttl);
        BinaryPrimitives.WriteUInt16BigEndian(rest[8..], (ushort)data.Length);
        data.CopyTo(rest[10..]);
        return record;
    }

    private static RecordSet Fixed(ushort type, int length, IEnumerable<byte[]> values) => Several(type, values) with { Size = 12 + length };

    private static RecordSet Several(ushort type, IEnumerable<byte[]> values)
    {
        var records = values.Select(v => Record(type, v)).ToList();
        return records.Count == 0 ? RecordSet.Empty : new RecordSet([.. records.SelectMany(r => r)], records.Count, 0, [], 0);
    }

    /// <summary>Weights as CoreDNS gives them: all the same. The targets' addresses come along.</summary>
    private static RecordSet LocationSet(List<ServiceLocation> locations)
    {
        if (locations.Count == 0)
        {
            return RecordSet.Empty;
        }
        var records = new List<byte>();
        var additional = new List<byte>();
        var known = new HashSet<byte[]>(NameComparer.Instance);
        foreach (var location in locations)
        {
            var data = new byte[6 + location.Target.Length];
            BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2), (ushort)Math.Max(1, 100 / locations.Count));
            BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(4), location.Port);
            location.Target.CopyTo(data, 6);
            records.AddRange(Record(DnsType.Srv, data));
            if (location.Address is { } address && known.Add(location.Target))
            {
                additional.AddRange(Record(location.Target, DnsType.A, Bytes(address)));
            }
        }
        return new RecordSet([.. records], locations.Count, 0, [.. additional], known.Count);
    }

    private static byte[] Bytes(Ip4 address)
    {
        var bytes = new byte[4];
        address.Write(bytes);
        return bytes;
    }
}

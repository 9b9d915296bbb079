using System.Buffers.Binary;
using System.Net;

namespace Proa.Network.Dns;

internal enum LocalOutcome
{
    /// <summary>The answer is in the buffer.</summary>
    Answered,

    /// <summary>The name is not the cluster's.</summary>
    Forward,

    /// <summary>The name is another name for one that has to be looked up elsewhere.</summary>
    Alias,
}

/// <summary>Answers from the zone. Thread-safe; allocates nothing.</summary>
internal sealed class LocalResponder
{
    private const ushort Internet = 1;

    private readonly NetworkOptions _options;
    private readonly Zone _zone;
    private readonly byte[] _domain;
    private readonly byte[] _pods;
    private readonly byte[] _soa;
    private readonly byte[] _ns;
    private volatile bool _synced;

    /// <param name="serial">The SOA's; a time in seconds serves.</param>
    public LocalResponder(NetworkOptions options, Zone zone, uint serial)
    {
        _options = options;
        _zone = zone;
        _domain = DnsName.Encode(options.Domain);
        _pods = DnsName.Encode($"pod.{options.Domain}");
        var server = DnsName.Encode($"ns.dns.{options.Domain}");
        _ns = ZoneNode.Record(_domain, DnsType.Ns, server);
        var numbers = new byte[20];
        uint[] values = [serial, 7200, 1800, 86400, ZoneNode.Ttl];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(i * 4), values[i]);
        }
        _soa = ZoneNode.Record(_domain, DnsType.Soa, [.. server, .. DnsName.Encode($"hostmaster.{options.Domain}"), .. numbers]);
        var own = new ZoneRecords();
        own.Addresses.Add(Ip4.From(options.DnsAddress));
        var version = new ZoneRecords { Text = [5, .. "1.1.0"u8] };
        zone.Set("dns", new(NameComparer.Instance) { [server] = own, [DnsName.Encode($"dns-version.{options.Domain}")] = version });
    }

    /// <summary>From now on an absent name does not exist; before, nobody knows.</summary>
    public void SetSynced() => _synced = true;

    public LocalOutcome Answer(in DnsQuery query, Span<byte> buffer, int limit, out int length, out ZoneNode? alias)
    {
        length = 0;
        alias = null;
        var ours = DnsName.IsIn(query.Name, _domain);
        var node = _zone.Find(query.Name);
        if (!ours && !(node is { Pointers.Count: > 0 } && query.Type == DnsType.Ptr) && !IsOwnReverse(query.Name))
        {
            return LocalOutcome.Forward;
        }
        var writer = new DnsWriter(buffer, query, limit, authoritative: true);
        if (query.Class != Internet)
        {
            writer.SetCode(DnsCode.Refused);
        }
        else if (!_synced)
        {
            writer.SetCode(DnsCode.ServerFailure);
        }
        else if (node is { Alias: not null } && query.Type != DnsType.Cname)
        {
            alias = node;
            return LocalOutcome.Alias;
        }
        else
        {
            Write(query, node, ref writer);
        }
        length = writer.Finish();
        return LocalOutcome.Answered;
    }

    private void Write(in DnsQuery query, ZoneNode? node, ref DnsWriter writer)
    {
        if (node is null)
        {
            WriteUnknown(query, ref writer);
            return;
        }
        if (query.Name.Length == _domain.Length && query.Type is DnsType.Soa or DnsType.Ns && DnsName.IsIn(query.Name, _domain))
        {
            writer.Answers(query.Type == DnsType.Soa ? _soa : _ns, 1);
            return;
        }
        var set = node.Find(query.Type == DnsType.Any ? DnsType.A : query.Type);
        if (set.Count == 0)
        {
            writer.Authorities(_soa, 1);
        }
        else if (set.Size > 0)
        {
            writer.AnswersInTurn(set.Records, set.Size, query.Id % set.Count);
        }
        else
        {
            writer.Answers(set.Records, set.Count);
            if (set.AdditionalCount > 0)
            {
                writer.Additional(set.Additional, set.AdditionalCount);
            }
        }
    }

    /// <summary>A pod's name says its address: <c>10-244-0-5.default.pod.cluster.local</c>.</summary>
    private void WriteUnknown(in DnsQuery query, ref DnsWriter writer)
    {
        if (DnsName.IsIn(query.Name, _pods) && Labels(query.Name) == Labels(_pods) + 2
            && _zone.Find(DnsName.Parent(query.Name)) is not null && TryAddress(DnsName.FirstLabel(query.Name), out var address))
        {
            if (query.Type is not (DnsType.A or DnsType.Any))
            {
                writer.Authorities(_soa, 1);
                return;
            }
            ReadOnlySpan<byte> head = [0xc0, 0x0c, 0, (byte)DnsType.A, 0, 1, 0, 0, 0, (byte)ZoneNode.Ttl, 0, 4];
            Span<byte> record = stackalloc byte[16];
            head.CopyTo(record);
            address.Write(record[12..]);
            writer.Answers(record, 1);
            return;
        }
        writer.SetCode(DnsCode.NameError);
        writer.Authorities(_soa, 1);
    }

    /// <summary>The reverse name of an address in the cluster's ranges: nobody else could know it.</summary>
    private bool IsOwnReverse(ReadOnlySpan<byte> name)
    {
        if (!DnsName.IsIn(name, s_reverse) || Labels(name) != 6)
        {
            return false;
        }
        uint value = 0;
        for (var i = 0; i < 4; i++)
        {
            if (!TryNumber(DnsName.FirstLabel(name), out var part))
            {
                return false;
            }
            value |= part << (8 * i);
            name = DnsName.Parent(name);
        }
        var address = new Ip4(value);
        return address.In(_options.PodRange) || address.In(_options.ServiceRange);
    }

    private static bool TryAddress(ReadOnlySpan<byte> label, out Ip4 address)
    {
        Span<char> text = stackalloc char[15];
        address = default;
        if (label.Length > text.Length)
        {
            return false;
        }
        for (var i = 0; i < label.Length; i++)
        {
            text[i] = label[i] == '-' ? '.' : label[i] == '.' ? '-' : (char)label[i];
        }
        return Ip4.TryParse(text[..label.Length], out address);
    }

    private static bool TryNumber(ReadOnlySpan<byte> label, out uint number)
    {
        number = 0;
        if (label.Length is 0 or > 3)
        {
            return false;
        }
        foreach (var b in label)
        {
            if (b is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            number = number * 10 + (uint)(b - '0');
        }
        return number <= 255;
    }

    private static int Labels(ReadOnlySpan<byte> name)
    {
        var count = 0;
        while (name.Length > 1)
        {
            name = DnsName.Parent(name);
            count++;
        }
        return count;
    }

    private static readonly byte[] s_reverse = DnsName.Encode("in-addr.arpa");
}

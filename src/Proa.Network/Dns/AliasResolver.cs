using System.Buffers.Binary;

namespace Proa.Network.Dns;

/// <summary>Follows a Service of type ExternalName: the alias itself, then what its target has, from here or from others.</summary>
internal sealed class AliasResolver(Zone zone, Forwarder forwarder)
{
    private const int MaximumSteps = 8;

    /// <returns>The answer's length in the buffer.</returns>
    public async Task<int> ResolveAsync(ReadOnlyMemory<byte> message, ZoneNode first, byte[] buffer, int limit, bool tcp, CancellationToken ct)
    {
        DnsQuery.TryRead(message.Span, out var query);
        var type = query.Type;
        var records = new List<byte[]>();
        byte[] owner = [0xc0, 0x0c];
        var node = first;
        var code = DnsCode.Ok;
        for (var step = 0; ; step++)
        {
            var target = node.Alias!;
            records.Add(ZoneNode.Record(owner, DnsType.Cname, target));
            owner = target;
            if (zone.Find(target) is not { } next)
            {
                var answer = await forwarder.ResolveAsync(Question(target, type), tcp, ct);
                code = answer is null ? DnsCode.ServerFailure : Collect(answer, target, records);
                break;
            }
            if (next.Alias is null)
            {
                Collect(next.Find(type), target, records);
                break;
            }
            if (step == MaximumSteps)
            {
                code = DnsCode.ServerFailure;
                break;
            }
            node = next;
        }
        return Write(message.Span, records, code, buffer, limit);
    }

    private static int Write(ReadOnlySpan<byte> message, List<byte[]> records, DnsCode code, byte[] buffer, int limit)
    {
        DnsQuery.TryRead(message, out var query);
        var writer = new DnsWriter(buffer, query, limit, authoritative: true);
        writer.SetCode(code);
        foreach (var record in records)
        {
            if (!writer.Answers(record, 1))
            {
                break;
            }
        }
        return writer.Finish();
    }

    /// <summary>The zone's records, with the target for their owner instead of the question's name.</summary>
    private static void Collect(RecordSet set, byte[] owner, List<byte[]> into)
    {
        if (set.Size == 0)
        {
            return;
        }
        for (var i = 0; i < set.Count; i++)
        {
            into.Add([.. owner, .. set.Records.AsSpan(i * set.Size + 2, set.Size - 2)]);
        }
    }

    /// <summary>The answers of another server, with all names written out: the places they pointed to are not here.</summary>
    private static DnsCode Collect(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> target, List<byte[]> into)
    {
        var at = DnsReader.SkipName(answer, DnsQuery.HeaderLength) + 4;
        Span<byte> owner = stackalloc byte[DnsName.MaximumLength];
        Span<byte> name = stackalloc byte[DnsName.MaximumLength];
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]); left > 0 && DnsReader.TryRecord(answer, ref at, out var record); left--)
        {
            var length = DnsReader.ExpandName(answer, record.Start, owner);
            if (length < 0 || record.Type is not (DnsType.A or DnsType.Aaaa or DnsType.Cname or DnsType.Txt))
            {
                continue;
            }
            scoped var data = answer.Slice(record.Data, record.DataLength);
            if (record.Type == DnsType.Cname)
            {
                var count = DnsReader.ExpandName(answer, record.Data, name);
                if (count < 0)
                {
                    continue;
                }
                data = name[..count];
            }
            into.Add(ZoneNode.Record(owner[..length], record.Type, data));
        }
        return (DnsCode)(answer[3] & 0x0f);
    }

    private static byte[] Question(byte[] name, ushort type)
    {
        var message = new byte[DnsQuery.HeaderLength + name.Length + 4];
        message[2] = 0x01;
        message[5] = 1;
        name.CopyTo(message, DnsQuery.HeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(DnsQuery.HeaderLength + name.Length), type);
        message[^1] = 1;
        return message;
    }
}

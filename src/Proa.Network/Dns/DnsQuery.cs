using System.Buffers.Binary;

namespace Proa.Network.Dns;

internal static class DnsType
{
    public const ushort A = 1;
    public const ushort Ns = 2;
    public const ushort Cname = 5;
    public const ushort Soa = 6;
    public const ushort Ptr = 12;
    public const ushort Txt = 16;
    public const ushort Aaaa = 28;
    public const ushort Srv = 33;
    public const ushort Opt = 41;
    public const ushort Any = 255;
}

internal enum DnsCode : byte
{
    Ok = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// <summary>A question as a client sent it. It may be anything: nothing is read that the parser has not measured.</summary>
internal readonly ref struct DnsQuery
{
    public const int HeaderLength = 12;
    public const int PlainUdpSize = 512;

    /// <summary>More than this in one datagram gets lost on common paths (DNS flag day 2020).</summary>
    public const int MaximumUdpSize = 1232;

    private DnsQuery(ReadOnlySpan<byte> message, int questionEnd, ReadOnlySpan<byte> name, ushort type, ushort @class)
    {
        Message = message;
        QuestionEnd = questionEnd;
        Name = name;
        Type = type;
        Class = @class;
    }

    public ReadOnlySpan<byte> Message { get; }

    /// <summary>Where the one question ends.</summary>
    public int QuestionEnd { get; }

    /// <summary>As the client wrote it, upper and lower case mixed.</summary>
    public ReadOnlySpan<byte> Name { get; }

    public ushort Type { get; }

    public ushort Class { get; }

    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Message);

    public bool HasEdns { get; private init; }

    /// <summary>Asked for DNSSEC's records.</summary>
    public bool DnssecOk { get; private init; }

    public byte EdnsVersion { get; private init; }

    /// <summary>What the client takes in a datagram.</summary>
    public int UdpSize { get; private init; }

    /// <summary>Reads a question.</summary>
    /// <returns>Ok; or what to answer, where the id and perhaps the question can be repeated; null: do not answer at all.</returns>
    public static DnsCode? TryRead(ReadOnlySpan<byte> message, out DnsQuery query)
    {
        query = default;
        if (message.Length < HeaderLength || (message[2] & 0x80) != 0)
        {
            // An answer must never be answered.
            return null;
        }
        query = new DnsQuery(message, HeaderLength, default, 0, 0) { UdpSize = PlainUdpSize };
        if ((message[2] & 0x78) != 0)
        {
            return DnsCode.NotImplemented;
        }
        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
        {
            return DnsCode.FormatError;
        }
        var end = HeaderLength;
        while (true)
        {
            if (end >= message.Length || message[end] > 63 || end - HeaderLength >= DnsName.MaximumLength)
            {
                return DnsCode.FormatError;
            }
            var length = message[end];
            end += length + 1;
            if (length == 0)
            {
                break;
            }
        }
        if (end + 4 > message.Length || end - HeaderLength > DnsName.MaximumLength)
        {
            return DnsCode.FormatError;
        }
        var name = message[HeaderLength..end];
        query = new DnsQuery(
            message, end + 4, name, BinaryPrimitives.ReadUInt16BigEndian(message[end..]), BinaryPrimitives.ReadUInt16BigEndian(message[(end + 2)..]))
        {
            UdpSize = PlainUdpSize,
        };
        return ReadEdns(ref query);
    }

    /// <summary>A query has nothing but perhaps additional records, one of which may be OPT (RFC 6891).</summary>
    private static DnsCode? ReadEdns(ref DnsQuery query)
    {
        var message = query.Message;
        if (BinaryPrimitives.ReadUInt32BigEndian(message[6..]) != 0)
        {
            return DnsCode.FormatError;
        }
        var at = query.QuestionEnd;
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(message[10..]); left > 0; left--)
        {
            var name = DnsReader.SkipName(message, at);
            if (name < 0 || name + 10 > message.Length)
            {
                return DnsCode.FormatError;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(message[(name + 8)..]);
            if (name + 10 + length > message.Length)
            {
                return DnsCode.FormatError;
            }
            if (BinaryPrimitives.ReadUInt16BigEndian(message[name..]) == DnsType.Opt)
            {
                query = new DnsQuery(message, query.QuestionEnd, query.Name, query.Type, query.Class)
                {
                    HasEdns = true,
                    UdpSize = Math.Clamp((int)BinaryPrimitives.ReadUInt16BigEndian(message[(name + 2)..]), PlainUdpSize, MaximumUdpSize),
                    EdnsVersion = message[name + 5],
                    DnssecOk = (message[name + 6] & 0x80) != 0,
                };
            }
            at = name + 10 + length;
        }
        return DnsCode.Ok;
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Text;
using Proa.Network.Dns;

namespace Proa.Network.Tests.Dns;

/// <summary>A client's view of DNS, written apart from the server's code paths that it checks.</summary>
internal sealed record DigReply(ushort Id, string Code, bool Authoritative, bool Truncated, string Question, string[] Answers, string[] Authority, string[] Additional, int Length)
{
    public string Sorted => string.Join(' ', Answers.Order());

    public static byte[] Query(string name, ushort type, ushort id = 4242, ushort? edns = null, ushort @class = 1)
    {
        var message = new List<byte> { (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(edns is null ? 0 : 1) };
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }
        message.AddRange([0, (byte)(type >> 8), (byte)type, (byte)(@class >> 8), (byte)@class]);
        if (edns is { } size)
        {
            message.AddRange([0, 0, 41, (byte)(size >> 8), (byte)size, 0, 0, 0, 0, 0, 0]);
        }
        return [.. message];
    }

    public static DigReply Read(ReadOnlySpan<byte> m)
    {
        Assert.True((m[2] & 0x80) != 0, "not a response");
        var at = 12;
        var question = BinaryPrimitives.ReadUInt16BigEndian(m[4..]) == 1 ? Name(m, ref at) : "";
        at += question.Length > 0 ? 4 : 0;
        var sections = new string[3][];
        for (var s = 0; s < 3; s++)
        {
            sections[s] = new string[BinaryPrimitives.ReadUInt16BigEndian(m[(6 + s * 2)..])];
            for (var i = 0; i < sections[s].Length; i++)
            {
                sections[s][i] = Record(m, ref at);
            }
        }
        Assert.Equal(m.Length, at);
        string[] codes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
        return new DigReply(BinaryPrimitives.ReadUInt16BigEndian(m), codes[m[3] & 15], (m[2] & 4) != 0, (m[2] & 2) != 0, question, sections[0], sections[1], sections[2], m.Length);
    }

    private static string Record(ReadOnlySpan<byte> m, ref int at)
    {
        var owner = Name(m, ref at);
        var type = BinaryPrimitives.ReadUInt16BigEndian(m[at..]);
        var ttl = BinaryPrimitives.ReadUInt32BigEndian(m[(at + 4)..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(m[(at + 8)..]);
        var data = at + 10;
        at = data + length;
        var inner = data;
        var value = type switch
        {
            DnsType.A or DnsType.Aaaa => new IPAddress(m.Slice(data, length)).ToString(),
            DnsType.Cname or DnsType.Ptr or DnsType.Ns => Name(m, ref inner),
            DnsType.Srv => $"{BinaryPrimitives.ReadUInt16BigEndian(m[(data + 4)..])}:{Target(m, data + 6)}",
            DnsType.Soa => Name(m, ref inner),
            DnsType.Txt => Encoding.ASCII.GetString(m.Slice(data + 1, length - 1)),
            _ => Convert.ToHexString(m.Slice(data, length)),
        };
        return $"{owner}/{type}/{(type == DnsType.Opt ? 0 : ttl)}/{value}";
    }

    private static string Target(ReadOnlySpan<byte> m, int at) => Name(m, ref at);

    private static string Name(ReadOnlySpan<byte> m, ref int at)
    {
        var text = new StringBuilder();
        var jumped = false;
        var i = at;
        while (m[i] != 0)
        {
            if (m[i] >= 0xc0)
            {
                at = jumped ? at : i + 2;
                jumped = true;
                i = (m[i] & 63) << 8 | m[i + 1];
                continue;
            }
            text.Append(Encoding.ASCII.GetString(m.Slice(i + 1, m[i]))).Append('.');
            i += m[i] + 1;
        }
        at = jumped ? at : i + 1;
        return text.ToString();
    }
}

using System.Buffers.Binary;

namespace Proa.Network.Dns;

/// <summary>Writes an answer into a buffer, up to a limit; what does not fit sets the flag that says so.</summary>
internal ref struct DnsWriter
{
    private const int EdnsLength = 11;

    private readonly Span<byte> _buffer;
    private readonly int _limit;
    private readonly bool _edns;
    private readonly bool _dnssecOk;
    private ushort _answers;
    private ushort _authorities;
    private ushort _additional;

    /// <param name="limit">The longest answer that the client takes.</param>
    public DnsWriter(Span<byte> buffer, in DnsQuery query, int limit, bool authoritative)
    {
        _buffer = buffer;
        _edns = query.HasEdns;
        _dnssecOk = query.DnssecOk;
        _limit = Math.Min(limit, buffer.Length) - (_edns ? EdnsLength : 0);
        query.Message[..query.QuestionEnd].CopyTo(buffer);
        // Response, same operation, authoritative; recursion desired is repeated, and available.
        buffer[2] = (byte)(0x80 | query.Message[2] & 0x79 | (authoritative ? 0x04 : 0));
        buffer[3] = 0x80;
        buffer[6..DnsQuery.HeaderLength].Clear();
        Length = query.QuestionEnd;
        if (query.Name.Length == 0)
        {
            buffer[4..6].Clear();
            Length = DnsQuery.HeaderLength;
        }
    }

    public int Length { get; private set; }

    public void SetCode(DnsCode code) => _buffer[3] = (byte)(_buffer[3] & 0xf0 | (byte)code);

    /// <summary>Whole records; those that do not fit are left out, and the client is told to come again over TCP.</summary>
    public bool Answers(scoped ReadOnlySpan<byte> records, int count) => Add(records, count, ref _answers, needed: true);

    /// <summary>Records of one length, beginning with any of them, as many as fit.</summary>
    public void AnswersInTurn(scoped ReadOnlySpan<byte> records, int size, int first)
    {
        var count = records.Length / size;
        var fit = Math.Min(count, (_limit - Length) / size);
        if (fit < count)
        {
            _buffer[2] |= 0x02;
        }
        for (var i = 0; i < fit; i++)
        {
            Add(records.Slice((first + i) % count * size, size), 1, ref _answers, needed: true);
        }
    }

    public bool Authorities(scoped ReadOnlySpan<byte> records, int count) => Add(records, count, ref _authorities, needed: true);

    /// <summary>Helpful, not needed: left out in silence when it does not fit.</summary>
    public bool Additional(scoped ReadOnlySpan<byte> records, int count) => Add(records, count, ref _additional, needed: false);

    /// <returns>The length of the message.</returns>
    public int Finish(byte extendedCode = 0)
    {
        if (_edns)
        {
            var opt = _buffer.Slice(Length, EdnsLength);
            opt.Clear();
            opt[2] = (byte)DnsType.Opt;
            BinaryPrimitives.WriteUInt16BigEndian(opt[3..], DnsQuery.MaximumUdpSize);
            opt[5] = extendedCode;
            opt[7] = _dnssecOk ? (byte)0x80 : (byte)0;
            Length += EdnsLength;
            _additional++;
        }
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[6..], _answers);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[8..], _authorities);
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[10..], _additional);
        return Length;
    }

    private bool Add(scoped ReadOnlySpan<byte> records, int count, ref ushort section, bool needed)
    {
        if (Length + records.Length > _limit)
        {
            if (needed)
            {
                _buffer[2] |= 0x02;
            }
            return false;
        }
        records.CopyTo(_buffer[Length..]);
        Length += records.Length;
        section += (ushort)count;
        return true;
    }
}

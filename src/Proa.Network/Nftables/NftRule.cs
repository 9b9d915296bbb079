using System.Buffers.Binary;
using Proa.Network.Netlink;

namespace Proa.Network.Nftables;

/// <summary>
/// Writes a rule's expressions, in the order in which the kernel runs them; one that does not match ends the rule.
/// Registers are counted from 0 to 15, four bytes each: neighbours make up the key of a set with several fields.
/// </summary>
internal readonly struct NftRule
{
    private const uint NetworkHeader = 1;
    private const uint TransportHeader = 2;

    private readonly NetlinkWriter _writer;
    private readonly int _expressions;

    public NftRule(NetlinkWriter writer)
    {
        _writer = writer;
        _expressions = writer.BeginNested(4);
    }

    public void End()
    {
        _writer.EndNested(_expressions);
        _writer.End();
    }

    public NftRule LoadSource(uint register) => Payload(register, NetworkHeader, 12, 4);

    public NftRule LoadDestination(uint register) => Payload(register, NetworkHeader, 16, 4);

    public NftRule LoadDestinationPort(uint register) => Payload(register, TransportHeader, 2, 2);

    public NftRule LoadProtocol(uint register) => Meta(register, 16);

    /// <summary>Address, protocol and port to which the packet goes, in neighbouring registers.</summary>
    public NftRule LoadTarget(uint register) => LoadDestination(register).LoadPort(register + 1);

    /// <summary>Protocol and port, in two registers.</summary>
    public NftRule LoadPort(uint register) => LoadProtocol(register).LoadDestinationPort(register + 1);

    public NftRule LoadPriority(uint register) => Meta(register, 2);

    /// <summary>Notes four bytes with the packet.</summary>
    public NftRule SetPriority(uint register)
    {
        var (element, data) = Begin("meta");
        _writer.AttrBe32(2, 2);
        _writer.AttrBe32(3, Nft.Register + register);
        return Close(element, data);
    }

    /// <summary>A random number below the modulus.</summary>
    public NftRule LoadRandom(uint register, uint modulus)
    {
        var (element, data) = Begin("numgen");
        _writer.AttrBe32(1, Nft.Register + register);
        _writer.AttrBe32(2, modulus);
        _writer.AttrBe32(3, 1);
        _writer.AttrBe32(4, 0);
        return Close(element, data);
    }

    public NftRule Protocol(byte protocol, bool equal = true) => LoadProtocol(0).Compare(0, equal, [protocol]);

    public NftRule Source(System.Net.IPNetwork range, bool equal = true) => LoadSource(0).InRange(range, equal);

    public NftRule Destination(System.Net.IPNetwork range, bool equal = true) => LoadDestination(0).InRange(range, equal);

    /// <summary>The packet goes to an address of this machine.</summary>
    public NftRule ToLocalAddress()
    {
        var (element, data) = Begin("fib");
        _writer.AttrBe32(1, Nft.Register);
        _writer.AttrBe32(2, 3);
        _writer.AttrBe32(3, 2);
        return Close(element, data).Compare(0, true, [2, 0, 0, 0]);
    }

    public NftRule FromLoopback(bool equal) => Meta(0, 4).Compare(0, equal, [1, 0, 0, 0]);

    public NftRule ToLoopback(bool equal) => Meta(0, 5).Compare(0, equal, [1, 0, 0, 0]);

    /// <summary>The packet begins a connection.</summary>
    public NftRule IsNew() => ConntrackBit(0, 8);

    /// <summary>The connection's destination was rewritten.</summary>
    public NftRule IsRedirected() => ConntrackBit(2, 32);

    public NftRule IsIn(string set, uint register)
    {
        var (element, data) = Begin("lookup");
        _writer.AttrString(1, set);
        _writer.AttrBe32(2, Nft.Register + register);
        return Close(element, data);
    }

    /// <summary>Looks up in a map and puts what is there into registers.</summary>
    public NftRule Map(string set, uint register, uint result)
    {
        var (element, data) = Begin("lookup");
        _writer.AttrString(1, set);
        _writer.AttrBe32(2, Nft.Register + register);
        _writer.AttrBe32(3, Nft.Register + result);
        return Close(element, data);
    }

    /// <summary>Looks up in a verdict map and does what is there.</summary>
    public NftRule VerdictMap(string set, uint register)
    {
        var (element, data) = Begin("lookup");
        _writer.AttrString(1, set);
        _writer.AttrBe32(2, Nft.Register + register);
        _writer.AttrBe32(3, Nft.VerdictRegister);
        return Close(element, data);
    }

    /// <summary>Adds an element to a map from the packet path; of one that is there, only the time is renewed, not the value.</summary>
    public NftRule Remember(string set, uint register, uint value, TimeSpan timeout)
    {
        var (element, data) = Begin("dynset");
        _writer.AttrString(1, set);
        _writer.AttrBe32(3, 1);
        _writer.AttrBe32(4, Nft.Register + register);
        _writer.AttrBe32(5, Nft.Register + value);
        _writer.AttrBe64(6, (ulong)timeout.TotalMilliseconds);
        return Close(element, data);
    }

    /// <summary>Sends the connection to the address and port in two registers.</summary>
    public NftRule RedirectTo(uint register)
    {
        var (element, data) = Begin("nat");
        _writer.AttrBe32(1, 1);
        _writer.AttrBe32(2, Nft.FamilyInet4);
        _writer.AttrBe32(3, Nft.Register + register);
        _writer.AttrBe32(5, Nft.Register + register + 1);
        return Close(element, data);
    }

    /// <summary>Gives the connection the way out's address as its source, with a port chosen at random.</summary>
    public NftRule Masquerade()
    {
        var (element, data) = Begin("masq");
        _writer.AttrBe32(1, 0x10);
        return Close(element, data);
    }

    public NftRule RejectWithReset() => Reject(1);

    /// <summary>ICMP: port unreachable.</summary>
    public NftRule RejectWithUnreachable() => Reject(0);

    public NftRule Verdict(int verdict, string? chain = null)
    {
        var (element, data) = Begin("immediate");
        _writer.AttrBe32(1, Nft.VerdictRegister);
        var nested = _writer.BeginNested(2);
        WriteVerdict(_writer, verdict, chain);
        _writer.EndNested(nested);
        return Close(element, data);
    }

    public NftRule GoTo(string chain) => Verdict(Nft.Goto, chain);

    public static void WriteVerdict(NetlinkWriter writer, int verdict, string? chain)
    {
        var nested = writer.BeginNested(2);
        writer.AttrBe32(1, (uint)verdict);
        if (chain is not null)
        {
            writer.AttrString(2, chain);
        }
        writer.EndNested(nested);
    }

    private NftRule InRange(System.Net.IPNetwork range, bool equal)
    {
        Span<byte> mask = stackalloc byte[4];
        Span<byte> address = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mask, range.PrefixLength == 0 ? 0 : uint.MaxValue << (32 - range.PrefixLength));
        range.BaseAddress.TryWriteBytes(address, out _);
        return Mask(0, mask).Compare(0, equal, address);
    }

    private NftRule ConntrackBit(uint key, uint bit)
    {
        var (element, data) = Begin("ct");
        _writer.AttrBe32(1, Nft.Register);
        _writer.AttrBe32(2, key);
        return Close(element, data).Mask(0, BitConverter.GetBytes(bit)).Compare(0, false, [0, 0, 0, 0]);
    }

    private NftRule Payload(uint register, uint header, uint offset, uint length)
    {
        var (element, data) = Begin("payload");
        _writer.AttrBe32(1, Nft.Register + register);
        _writer.AttrBe32(2, header);
        _writer.AttrBe32(3, offset);
        _writer.AttrBe32(4, length);
        return Close(element, data);
    }

    private NftRule Meta(uint register, uint key)
    {
        var (element, data) = Begin("meta");
        _writer.AttrBe32(1, Nft.Register + register);
        _writer.AttrBe32(2, key);
        return Close(element, data);
    }

    private NftRule Compare(uint register, bool equal, ReadOnlySpan<byte> value)
    {
        var (element, data) = Begin("cmp");
        _writer.AttrBe32(1, Nft.Register + register);
        _writer.AttrBe32(2, equal ? 0u : 1u);
        Value(3, value);
        return Close(element, data);
    }

    private NftRule Mask(uint register, ReadOnlySpan<byte> mask)
    {
        var (element, data) = Begin("bitwise");
        _writer.AttrBe32(1, Nft.Register + register);
        _writer.AttrBe32(2, Nft.Register + register);
        _writer.AttrBe32(3, (uint)mask.Length);
        Value(4, mask);
        Value(5, [0, 0, 0, 0]);
        return Close(element, data);
    }

    private NftRule Reject(uint type)
    {
        var (element, data) = Begin("reject");
        _writer.AttrBe32(1, type);
        _writer.AttrU8(2, 3);
        return Close(element, data);
    }

    private void Value(ushort attribute, ReadOnlySpan<byte> value)
    {
        var nested = _writer.BeginNested(attribute);
        _writer.Attr(1, value);
        _writer.EndNested(nested);
    }

    private (int Element, int Data) Begin(string expression)
    {
        var element = _writer.BeginNested(1);
        _writer.AttrString(1, expression);
        return (element, _writer.BeginNested(2));
    }

    private NftRule Close(int element, int data)
    {
        _writer.EndNested(data);
        _writer.EndNested(element);
        return this;
    }
}

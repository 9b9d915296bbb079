using System.Runtime.InteropServices;
using Proa.Network.Netlink;

namespace Proa.Network.Nftables;

/// <summary>
/// One transaction against one table: all of it is seen by the next packet, or none of it ever. Not thread-safe; may be
/// used again after <see cref="Clear"/>.
/// </summary>
internal sealed class NftBatch
{
    // An attribute's length has sixteen bits, and a message holds one list of elements.
    private const int MaximumMessage = 60_000;

    private readonly NetlinkWriter _writer = new();
    private readonly string _table;
    private uint _sequence;
    private int _elements = -1;
    private (ushort Message, string Set) _open;

    public NftBatch(string table)
    {
        _table = table;
        Clear();
    }

    public bool IsEmpty => _sequence == 1;

    public int Length => _writer.Length;

    public void Clear()
    {
        _writer.Clear();
        _sequence = 0;
        _elements = -1;
        Frame(Nft.BatchBegin);
    }

    /// <summary>The bytes to send; after it nothing may be added.</summary>
    public ReadOnlySpan<byte> Close()
    {
        CloseElements();
        // The acknowledgement of the last message of the transaction says that the whole was committed.
        _writer.AddFlags(NetlinkWriter.Ack);
        Frame(Nft.BatchEnd);
        return _writer.Written;
    }

    /// <summary>Makes the table when there is none, and changes nothing when there is.</summary>
    public void AddTable()
    {
        Begin(Nft.NewTable, NetlinkWriter.Create);
        _writer.AttrString(1, _table);
        _writer.End();
    }

    /// <summary>Deletes the table with all that is in it; one that is not there fails the batch.</summary>
    public void DeleteTable()
    {
        Begin(Nft.DelTable, 0);
        _writer.AttrString(1, _table);
        _writer.End();
    }

    public void AddChain(string name)
    {
        BeginChain(name);
        _writer.End();
    }

    /// <param name="type"><c>filter</c> or <c>nat</c>.</param>
    public void AddBaseChain(string name, string type, NftHook hook, int priority)
    {
        BeginChain(name);
        var nested = _writer.BeginNested(4);
        _writer.AttrBe32(1, (uint)hook);
        _writer.AttrBe32(2, (uint)priority);
        _writer.EndNested(nested);
        _writer.AttrBe32(5, Nft.Accept);
        _writer.AttrString(7, type);
        _writer.End();
    }

    /// <summary>Begins a rule at a chain's end; its expressions follow, and <see cref="NftRule.End"/>.</summary>
    public NftRule AddRule(string chain)
    {
        Begin(Nft.NewRule, NetlinkWriter.Create | NetlinkWriter.Append);
        _writer.AttrString(1, _table);
        _writer.AttrString(2, chain);
        return new NftRule(_writer);
    }

    public void AddSet(string name, ReadOnlySpan<NftField> key) => AddSet(name, NftSetFlags.None, key, [], verdicts: false, 0);

    public void AddVerdictMap(string name, ReadOnlySpan<NftField> key) => AddSet(name, NftSetFlags.Map, key, [], verdicts: true, 0);

    public void AddMap(string name, ReadOnlySpan<NftField> key, ReadOnlySpan<NftField> value) =>
        AddSet(name, NftSetFlags.Map, key, value, verdicts: false, 0);

    /// <summary>A map that packets fill, up to a size; its elements end by themselves.</summary>
    public void AddDynamicMap(string name, ReadOnlySpan<NftField> key, ReadOnlySpan<NftField> value, uint size) =>
        AddSet(name, NftSetFlags.Map | NftSetFlags.Timeout | NftSetFlags.Dynamic, key, value, verdicts: false, size);

    private void AddSet(string name, NftSetFlags flags, ReadOnlySpan<NftField> key, ReadOnlySpan<NftField> value, bool verdicts, uint size)
    {
        Begin(Nft.NewSet, NetlinkWriter.Create);
        _writer.AttrString(1, _table);
        _writer.AttrString(2, name);
        _writer.AttrBe32(3, (uint)flags);
        _writer.AttrBe32(4, NftTypes.Number(key));
        _writer.AttrBe32(5, (uint)key.Length * 4);
        if ((flags & NftSetFlags.Map) != 0)
        {
            _writer.AttrBe32(6, verdicts ? Nft.VerdictType : NftTypes.Number(value));
            _writer.AttrBe32(7, verdicts ? 16 : (uint)value.Length * 4);
        }
        _writer.AttrBe32(10, _sequence);
        if (size > 0)
        {
            var description = _writer.BeginNested(9);
            _writer.AttrBe32(1, size);
            _writer.EndNested(description);
        }
        _writer.Attr(13, NftTypes.UserData(key, value));
        _writer.End();
    }

    /// <summary>An element of a set.</summary>
    public void Element(bool add, string set, ReadOnlySpan<byte> key)
    {
        var element = BeginElement(add, set, key);
        _writer.EndNested(element);
    }

    /// <summary>An element of a map; the value does not matter for a deletion.</summary>
    public void Element(bool add, string set, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var element = BeginElement(add, set, key);
        if (add)
        {
            var data = _writer.BeginNested(2);
            _writer.Attr(1, value);
            _writer.EndNested(data);
        }
        _writer.EndNested(element);
    }

    /// <summary>An element of a verdict map.</summary>
    /// <param name="chain">Where a goto goes to; null for other verdicts.</param>
    public void Element(bool add, string set, ReadOnlySpan<byte> key, int verdict, string? chain)
    {
        var element = BeginElement(add, set, key);
        if (add)
        {
            var data = _writer.BeginNested(2);
            NftRule.WriteVerdict(_writer, verdict, chain);
            _writer.EndNested(data);
        }
        _writer.EndNested(element);
    }

    private int BeginElement(bool add, string set, ReadOnlySpan<byte> key)
    {
        var message = add ? Nft.NewElement : Nft.DelElement;
        if (_elements < 0 || _open != (message, set) || _writer.Length - _writer.MessageStart > MaximumMessage)
        {
            Begin(message, add ? (ushort)(NetlinkWriter.Create | NetlinkWriter.Excl) : (ushort)0);
            _writer.AttrString(1, _table);
            _writer.AttrString(2, set);
            _elements = _writer.BeginNested(3);
            _open = (message, set);
        }
        var element = _writer.BeginNested(1);
        var nested = _writer.BeginNested(1);
        _writer.Attr(1, key);
        _writer.EndNested(nested);
        return element;
    }

    private void CloseElements()
    {
        if (_elements >= 0)
        {
            _writer.EndNested(_elements);
            _writer.End();
            _elements = -1;
        }
    }

    private void BeginChain(string name)
    {
        Begin(Nft.NewChain, NetlinkWriter.Create);
        _writer.AttrString(1, _table);
        _writer.AttrString(3, name);
    }

    private void Begin(ushort type, ushort flags)
    {
        CloseElements();
        _writer.Begin(type, flags, ++_sequence);
        _writer.Struct(new NetfilterHeader { Family = Nft.FamilyInet4 });
    }

    private void Frame(ushort type)
    {
        _writer.Begin(type, 0, ++_sequence);
        _writer.Struct(new NetfilterHeader { Resource = 0x0a00 });
        _writer.End();
    }
}

/// <summary>linux/netfilter/nfnetlink.h: nfgenmsg; the resource is in network order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetfilterHeader
{
    public byte Family;
    public byte Version;
    public ushort Resource;
}

using System.Net;
using System.Runtime.InteropServices;

namespace Proa.Network.Netlink;

internal sealed record Link(int Index, string Name, string? Kind, uint Mtu, int PeerNamespaceId);

internal readonly record struct LinkAddress(int Index, Ip4 Address, int PrefixLength);

/// <param name="Index">The device, or 0 for a route without one.</param>
internal readonly record struct Route(Ip4 Destination, int PrefixLength, int Index, byte Type);

/// <summary>Links, addresses and routes of this network namespace. Not thread-safe.</summary>
internal sealed class RouteNetlink : IDisposable
{
    public const byte Unicast = 1;
    public const byte Unreachable = 7;

    private const ushort NewLink = 16, DelLink = 17, GetLink = 18, NewAddr = 20, GetAddr = 22, NewRoute = 24, DelRoute = 25, GetRoute = 26;
    private const ushort GetNsId = 90;
    private const byte Inet = 2;
    private const byte MainTable = 254;
    private const byte ScopeLink = 253;
    private const byte ScopeUniverse = 0;
    private const byte ProtocolStatic = 4;

    private readonly NetlinkSocket _socket = new(0);
    private readonly NetlinkWriter _writer = new();

    /// <returns>False when a link of that name exists.</returns>
    public bool CreateBridge(string name)
    {
        Begin(NewLink, NetlinkWriter.Create | NetlinkWriter.Excl, default(LinkHeader));
        _writer.AttrString(3, name);
        var info = _writer.BeginNested(18);
        _writer.AttrString(1, "bridge");
        _writer.EndNested(info);
        return Ask($"create the bridge {name}", NetlinkException.Eexist);
    }

    public void SetUp(int index)
    {
        Begin(NewLink, 0, new LinkHeader { Index = index, Flags = 1, Change = 1 });
        Ask("set a link up");
    }

    /// <returns>False when there is none.</returns>
    public bool DeleteLink(int index)
    {
        Begin(DelLink, 0, new LinkHeader { Index = index });
        return Ask("delete a link", NetlinkException.Enodev);
    }

    /// <returns>False when the link has it already.</returns>
    public bool AddAddress(int index, Ip4 address, byte prefixLength)
    {
        Begin(NewAddr, NetlinkWriter.Create | NetlinkWriter.Excl, new AddressHeader { Family = Inet, PrefixLength = prefixLength, Index = index });
        WriteAddress(2, address);
        WriteAddress(1, address);
        return Ask($"add the address {address}", NetlinkException.Eexist);
    }

    /// <summary>Adds or replaces a route to a range through a device; source is what the host calls itself on it.</summary>
    public void SetRoute(IPNetwork range, int index, Ip4 source)
    {
        BeginRoute(NewRoute, NetlinkWriter.Create | NetlinkWriter.Replace, range, Unicast, ScopeLink);
        _writer.AttrU32(4, (uint)index);
        WriteAddress(7, source);
        Ask($"set a route to {range}");
    }

    /// <summary>What has no better route in the range is refused at once.</summary>
    public void SetUnreachable(IPNetwork range)
    {
        BeginRoute(NewRoute, NetlinkWriter.Create | NetlinkWriter.Replace, range, Unreachable, ScopeUniverse);
        Ask($"set a route to {range}");
    }

    /// <returns>False when there is none.</returns>
    public bool DeleteUnreachable(IPNetwork range)
    {
        BeginRoute(DelRoute, 0, range, Unreachable, ScopeUniverse);
        return Ask($"delete the route to {range}", 3);
    }

    public List<Link> Links()
    {
        var links = new List<Link>();
        Begin(GetLink, NetlinkWriter.Dump, default(LinkHeader));
        Dump("list links", (type, payload) =>
        {
            if (type == NewLink && ReadLink(payload) is { } link)
            {
                links.Add(link);
            }
        });
        return links;
    }

    public Link? FindLink(string name) => Links().Find(l => l.Name == name);

    public List<LinkAddress> Addresses()
    {
        var addresses = new List<LinkAddress>();
        Begin(GetAddr, NetlinkWriter.Dump, new AddressHeader { Family = Inet });
        Dump("list addresses", (type, payload) =>
        {
            if (type == NewAddr && ReadAddress(payload) is { } address)
            {
                addresses.Add(address);
            }
        });
        return addresses;
    }

    /// <summary>The IPv4 routes of the main table.</summary>
    public List<Route> Routes()
    {
        var routes = new List<Route>();
        Begin(GetRoute, NetlinkWriter.Dump, new RouteHeader { Family = Inet, Table = MainTable });
        Dump("list routes", (type, payload) =>
        {
            if (type == NewRoute && ReadRoute(payload) is { } route)
            {
                routes.Add(route);
            }
        });
        return routes;
    }

    /// <summary>What this namespace calls another one, given by an open file of it; -1 when it has no name for it.</summary>
    public int NamespaceId(int fd)
    {
        Begin(GetNsId, 0, default(NamespaceHeader));
        _writer.AttrU32(3, (uint)fd);
        _writer.End();
        var id = -1;
        _socket.Query(_writer, (_, payload) =>
        {
            var attributes = new AttributeReader(payload[4..]);
            while (attributes.Next())
            {
                if (attributes.Type == 1)
                {
                    id = (int)attributes.U32;
                }
            }
        });
        return id;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads the payload of an RTM_NEWADDR; null when it is no IPv4 address.</summary>
    public static LinkAddress? ReadAddress(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 8 || payload[0] != Inet)
        {
            return null;
        }
        var header = MemoryMarshal.Read<AddressHeader>(payload);
        var attributes = new AttributeReader(payload[8..]);
        Ip4? local = null;
        while (attributes.Next())
        {
            if (attributes.Type is 1 or 2 && attributes.Value.Length == 4 && (attributes.Type == 2 || local is null))
            {
                local = Ip4.Read(attributes.Value);
            }
        }
        return local is { } address ? new LinkAddress(header.Index, address, header.PrefixLength) : null;
    }

    private static Link? ReadLink(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 16)
        {
            return null;
        }
        var header = MemoryMarshal.Read<LinkHeader>(payload);
        var attributes = new AttributeReader(payload[16..]);
        string name = "", kind = "";
        uint mtu = 0;
        var peer = -1;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case 3:
                    name = attributes.Text;
                    break;
                case 4:
                    mtu = attributes.U32;
                    break;
                case 37:
                    peer = (int)attributes.U32;
                    break;
                case 18:
                    var info = attributes.Nested;
                    while (info.Next())
                    {
                        kind = info.Type == 1 ? info.Text : kind;
                    }
                    break;
            }
        }
        return new Link(header.Index, name, kind.Length == 0 ? null : kind, mtu, peer);
    }

    private static Route? ReadRoute(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 12 || payload[0] != Inet)
        {
            return null;
        }
        var header = MemoryMarshal.Read<RouteHeader>(payload);
        if (header.Table != MainTable)
        {
            return null;
        }
        var attributes = new AttributeReader(payload[12..]);
        var destination = Ip4.Any;
        var index = 0;
        while (attributes.Next())
        {
            if (attributes.Type == 1 && attributes.Value.Length == 4)
            {
                destination = Ip4.Read(attributes.Value);
            }
            else if (attributes.Type == 4)
            {
                index = (int)attributes.U32;
            }
        }
        return new Route(destination, header.DestinationLength, index, header.Type);
    }

    private void BeginRoute(ushort message, ushort flags, IPNetwork range, byte type, byte scope)
    {
        Begin(message, flags, new RouteHeader
        {
            Family = Inet,
            DestinationLength = (byte)range.PrefixLength,
            Table = MainTable,
            Protocol = message == NewRoute ? ProtocolStatic : (byte)0,
            Scope = scope,
            Type = type,
        });
        WriteAddress(1, Ip4.From(range.BaseAddress));
    }

    private void Begin<T>(ushort type, ushort flags, in T header) where T : unmanaged
    {
        _writer.Clear();
        var ack = flags == NetlinkWriter.Dump || type == GetNsId ? flags : (ushort)(flags | NetlinkWriter.Ack);
        _writer.Begin(type, ack, _socket.NextSequence());
        _writer.Struct(header);
    }

    private void WriteAddress(ushort attribute, Ip4 address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.Write(bytes);
        _writer.Attr(attribute, bytes);
    }

    private bool Ask(string what, int expected = 0)
    {
        _writer.End();
        var errno = _socket.Request(_writer);
        return errno == 0 || (errno == expected ? false : throw new NetlinkException(errno, what));
    }

    private void Dump(string what, NetlinkHandler handler)
    {
        _writer.End();
        var errno = _socket.Query(_writer, handler);
        if (errno != 0)
        {
            throw new NetlinkException(errno, what);
        }
    }
}

using System.Buffers.Binary;
using Proa.Network.Netlink;
using Proa.Network.Nftables;
using Proa.Network.Proxy;

namespace Proa.Network.Conntrack;

/// <summary>A connection that the kernel remembers: how it was meant, and who answers.</summary>
/// <param name="Original">The original direction's tuple as the kernel wrote it: it names the entry.</param>
internal sealed record Connection(byte[] Original, uint Zone, Ip4 Destination, ushort DestinationPort, Ip4 ReplySource, ushort ReplyPort);

/// <summary>The kernel's table of connections. Not thread-safe.</summary>
internal sealed class ConntrackSocket : IDisposable
{
    private const ushort New = 0x0100;
    private const ushort Get = 0x0101;
    private const ushort Delete = 0x0102;

    private readonly NetlinkSocket _socket = new(Nft.NetfilterProtocol);
    private readonly NetlinkWriter _writer = new();

    /// <summary>All connections of one protocol over IPv4.</summary>
    /// <exception cref="NetlinkException">The kernel has no such table.</exception>
    public List<Connection> List(byte protocol)
    {
        var connections = new List<Connection>();
        _writer.Clear();
        _writer.Begin(Get, NetlinkWriter.Dump, _socket.NextSequence());
        _writer.Struct(new NetfilterHeader { Family = Nft.FamilyInet4 });
        _writer.End();
        var errno = _socket.Query(_writer, (type, payload) =>
        {
            if (type == New && payload.Length > 4 && Read(payload[4..], protocol) is { } connection)
            {
                connections.Add(connection);
            }
        });
        return errno == 0 ? connections : throw new NetlinkException(errno, "list connections");
    }

    /// <returns>False when it was gone already.</returns>
    public bool Remove(Connection connection)
    {
        _writer.Clear();
        _writer.Begin(Delete, NetlinkWriter.Ack, _socket.NextSequence());
        _writer.Struct(new NetfilterHeader { Family = Nft.FamilyInet4 });
        var nested = _writer.BeginNested(1);
        _writer.Raw(connection.Original);
        _writer.EndNested(nested);
        if (connection.Zone != 0)
        {
            _writer.AttrBe16(18, (ushort)connection.Zone);
        }
        _writer.End();
        var errno = _socket.Request(_writer);
        return errno == 0 || (errno == NetlinkException.Enoent ? false : throw new NetlinkException(errno, "delete a connection"));
    }

    public void Dispose() => _socket.Dispose();

    private static Connection? Read(ReadOnlySpan<byte> payload, byte protocol)
    {
        var attributes = new AttributeReader(payload);
        byte[]? original = null;
        FrontendKey to = default, reply = default;
        uint zone = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case 1:
                    to = Tuple(attributes.Value, source: false);
                    if (to.Protocol != protocol)
                    {
                        return null;
                    }
                    original = attributes.Value.ToArray();
                    break;
                case 2:
                    reply = Tuple(attributes.Value, source: true);
                    break;
                case 18:
                    zone = attributes.Be16;
                    break;
            }
        }
        return original is null ? null : new Connection(original, zone, to.Address, to.Port, reply.Address, reply.Port);
    }

    /// <summary>One side of a tuple: attribute 1 holds the addresses (1, 2), attribute 2 protocol and ports (1; 2, 3).</summary>
    private static FrontendKey Tuple(ReadOnlySpan<byte> tuple, bool source)
    {
        var address = Ip4.Any;
        byte protocol = 0;
        ushort port = 0;
        var attributes = new AttributeReader(tuple);
        while (attributes.Next())
        {
            var nested = attributes.Nested;
            while (nested.Next())
            {
                if (attributes.Type == 1 && nested.Type == (source ? 1 : 2) && nested.Value.Length == 4)
                {
                    address = Ip4.Read(nested.Value);
                }
                else if (attributes.Type == 2 && nested.Type == 1 && nested.Value.Length > 0)
                {
                    protocol = nested.Value[0];
                }
                else if (attributes.Type == 2 && nested.Type == (source ? 2 : 3) && nested.Value.Length >= 2)
                {
                    port = BinaryPrimitives.ReadUInt16BigEndian(nested.Value);
                }
            }
        }
        return new FrontendKey(address, protocol, port);
    }
}

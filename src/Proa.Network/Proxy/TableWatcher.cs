using System.Buffers.Binary;
using System.Net.Sockets;
using Proa.Network.Netlink;
using Proa.Network.Nftables;

namespace Proa.Network.Proxy;

/// <summary>
/// Notices when someone else removes the cluster's table: loading a firewall's configuration often begins with
/// <c>flush ruleset</c>. Event-driven.
/// </summary>
/// <param name="own">The port number of the socket through which this process changes the table.</param>
internal sealed class TableWatcher(string table, uint own, Action removed) : IDisposable
{
    private const uint TablesGroup = 7;

    private readonly Socket _socket = NetlinkSocket.Listen(Nft.NetfilterProtocol, TablesGroup);

    public async Task RunAsync(CancellationToken ct)
    {
        var buffer = new byte[64 * 1024];
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var count = await _socket.ReceiveAsync(buffer, ct);
                if (IsRemoval(buffer.AsSpan(0, count)))
                {
                    removed();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                // Much happened at once, most likely our own first fill; a removal in between shows with the next change.
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private bool IsRemoval(ReadOnlySpan<byte> messages)
    {
        while (messages.Length >= 20)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            if (length < 20 || length > messages.Length)
            {
                return false;
            }
            if (BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]) == Nft.DelTable
                && BinaryPrimitives.ReadUInt32LittleEndian(messages[12..]) != own && messages[16] == Nft.FamilyInet4)
            {
                var attributes = new AttributeReader(messages[20..length]);
                while (attributes.Next())
                {
                    if (attributes.Type == 1 && attributes.Text == table)
                    {
                        return true;
                    }
                }
            }
            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }
        return false;
    }
}

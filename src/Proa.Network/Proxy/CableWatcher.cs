using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Proa.Network.Netlink;

namespace Proa.Network.Proxy;

/// <summary>
/// Lets each pod's cable carry what came to 127.0.0.1: without the device's <c>route_localnet</c> a node port answers on
/// all addresses but that one. Event-driven: a cable is known by the gateway's address that the plug-in puts on it.
/// </summary>
internal sealed partial class CableWatcher : IDisposable
{
    private const uint AddressGroup = 5;
    private const ushort NewAddress = 20;

    private readonly Ip4 _gateway;
    private readonly ILogger _logger;
    private readonly Socket _socket;

    public CableWatcher(NetworkOptions options, ILogger logger)
    {
        _gateway = Ip4.From(options.Gateway);
        _logger = logger;
        _socket = NetlinkSocket.Listen(0, AddressGroup);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        AdjustAll();
        var buffer = new byte[32 * 1024];
        while (!ct.IsCancellationRequested)
        {
            int count;
            try
            {
                count = await _socket.ReceiveAsync(buffer, ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                // More changes at once than the socket holds: look at all.
                AdjustAll();
                continue;
            }
            Read(buffer.AsSpan(0, count));
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Read(ReadOnlySpan<byte> messages)
    {
        while (messages.Length >= 16)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            if (length < 16 || length > messages.Length)
            {
                return;
            }
            if (BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]) == NewAddress
                && RouteNetlink.ReadAddress(messages[16..length]) is { } address && address.Address == _gateway)
            {
                Adjust(address.Index);
            }
            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }
    }

    private void AdjustAll()
    {
        using var netlink = new RouteNetlink();
        foreach (var address in netlink.Addresses())
        {
            if (address.Address == _gateway)
            {
                Adjust(address.Index);
            }
        }
    }

    private void Adjust(int index)
    {
        try
        {
            if (NameOf(index) is { } name)
            {
                Sysctl.TrySetDevice(name, "route_localnet", "1");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFailed(index, e.Message);
        }
    }

    private static unsafe string? NameOf(int index)
    {
        var name = stackalloc byte[16];
        return Libc.NameOfIndex((uint)index, name) is null ? null : Marshal.PtrToStringUTF8((nint)name);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node ports on 127.0.0.1 will not reach the pod behind device {Index}: {Error}")]
    private partial void LogFailed(int index, string error);
}

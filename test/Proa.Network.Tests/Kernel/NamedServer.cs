using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proa.Network.Tests.Kernel;

/// <summary>A real server in a pod that tells who it is and whom it sees: over TCP at once, over UDP for each packet.</summary>
internal sealed class NamedServer : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public NamedServer(TestPod pod, string name, int port)
    {
        var tcp = pod.Namespace.Run(() => Bind(SocketType.Stream, ProtocolType.Tcp, port));
        tcp.Listen(128);
        var udp = pod.Namespace.Run(() => Bind(SocketType.Dgram, ProtocolType.Udp, port));
        _sockets.AddRange([tcp, udp]);
        _ = ServeTcpAsync(tcp, name);
        _ = ServeUdpAsync(udp, name);
    }

    public void Dispose() => _sockets.ForEach(s => s.Dispose());

    private static Socket Bind(SocketType type, ProtocolType protocol, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    }

    private static async Task ServeTcpAsync(Socket listener, string name)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync();
                await client.SendAsync(Encoding.ASCII.GetBytes($"{name} {((IPEndPoint)client.RemoteEndPoint!).Address}"));
                client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private static async Task ServeUdpAsync(Socket socket, string name)
    {
        try
        {
            var buffer = new byte[2048];
            while (true)
            {
                var packet = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                await socket.SendToAsync(Encoding.ASCII.GetBytes($"{name} {((IPEndPoint)packet.RemoteEndPoint).Address}"), packet.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Proa.Network.Tests.Kernel;

/// <summary>Asks servers who they are.</summary>
internal static class Caller
{
    /// <summary>From the host, or from inside a pod.</summary>
    /// <returns>"name source", "refused", or "timeout".</returns>
    public static string Tcp(string address, int port, TestPod? from = null)
    {
        string Ask()
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 2000, SendTimeout = 2000 };
            return Guard(() =>
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), port), limit.Token).AsTask().GetAwaiter().GetResult();
                return Read(socket);
            });
        }
        return from is null ? Ask() : from.Namespace.Run(Ask);
    }

    public static string Udp(string address, int port, TestPod? from = null)
    {
        string Ask()
        {
            using var socket = UdpSocket();
            return Udp(socket, address, port);
        }
        return from is null ? Ask() : from.Namespace.Run(Ask);
    }

    public static Socket UdpSocket() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2000 };

    /// <summary>Over a socket that stays: to the kernel all packets are one connection.</summary>
    public static string Udp(Socket socket, string address, int port) => Guard(() =>
    {
        socket.Connect(new IPEndPoint(IPAddress.Parse(address), port));
        socket.Send("?"u8);
        return Read(socket);
    });

    private static string Read(Socket socket)
    {
        var buffer = new byte[256];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }

    private static string Guard(Func<string> action)
    {
        try
        {
            return action();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "refused";
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock or SocketError.TryAgain })
        {
            return "timeout";
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode.ToString();
        }
    }
}

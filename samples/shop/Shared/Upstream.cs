using System.Net.Sockets;

namespace Shop;

/// <summary>
/// Clients for the other services. A refused connection is tried again, for nothing was sent yet: a container that has just died
/// refuses until its Service has stopped choosing it, and the next attempt goes to another.
/// </summary>
internal static class Upstream
{
    private const int Attempts = 10;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(30);

    public static HttpClient Client(string setting) => new(new SocketsHttpHandler { ConnectCallback = ConnectAsync })
    {
        BaseAddress = new Uri(ShopApp.Require(setting)),
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (attempt < Attempts)
            {
                socket.Dispose();
                await Task.Delay(s_pause, TimeProvider.System, ct);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}

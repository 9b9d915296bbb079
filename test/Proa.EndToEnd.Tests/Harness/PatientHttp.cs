using System.Net.Sockets;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>
/// A client for a Service whose pod has just become ready: the proxy follows a moment later, as with every Kubernetes, so a
/// refused connection is tried again for five seconds. Nothing else is.
/// </summary>
internal static class PatientHttp
{
    public static HttpClient Client() => new(new SocketsHttpHandler { ConnectCallback = ConnectAsync });

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var attempt = 0; ; attempt++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (attempt < 250)
            {
                socket.Dispose();
                await pause.WaitForNextTickAsync(ct);
            }
        }
    }
}

using System.Net.Sockets;

namespace Proa.Node.Probes;

/// <summary>Words a failed connection as the field's tools do, such as <c>dial tcp 10.0.0.1:80: connect: connection refused</c>.</summary>
internal static class DialError
{
    public static string Describe(Exception error, string host, int port)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket)
            {
                var text = socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "connect: connection refused",
                    SocketError.HostUnreachable => "connect: no route to host",
                    SocketError.NetworkUnreachable => "connect: network is unreachable",
                    SocketError.TimedOut => "connect: connection timed out",
                    SocketError.ConnectionReset => "read: connection reset by peer",
                    SocketError.HostNotFound => $"lookup {host}: no such host",
                    _ => socket.Message,
                };
                return $"dial tcp {host}:{port}: {text}";
            }
        }
        return error is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } ? "EOF" : error.Message;
    }
}

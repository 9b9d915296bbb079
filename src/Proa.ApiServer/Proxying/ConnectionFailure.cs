using System.Net.Sockets;
using System.Security.Authentication;
using Proa.ApiServer.Webhooks;

namespace Proa.ApiServer.Proxying;

/// <summary>Why a request got no answer, in the words that the original's clients have for it. Pure.</summary>
internal static class ConnectionFailure
{
    public static string Text(HttpRequestException exception, ProxyTarget target)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case WebhookCallException or CertificateRefusedException:
                    return e.Message;
                case AuthenticationException when e.Message.Contains("certificate", StringComparison.Ordinal):
                    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
                case AuthenticationException when e.InnerException is null:
                    return "tls: first record does not look like a TLS handshake";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return $"dial tcp {target.Authority}: connect: connection refused";
                case SocketException { SocketErrorCode: SocketError.HostUnreachable }:
                    return $"dial tcp {target.Authority}: connect: no route to host";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return $"dial tcp: lookup {target.Host}: no such host";
                case SocketException { SocketErrorCode: SocketError.ConnectionReset }:
                    return $"read tcp {target.Authority}: read: connection reset by peer";
                case SocketException or OperationCanceledException:
                    return $"dial tcp {target.Authority}: i/o timeout";
                case IOException when e.InnerException is null:
                    return "EOF";
            }
        }
        return exception.Message;
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proa.ApiServer.Proxying;

namespace Proa.ApiServer.Aggregation;

/// <summary>Connections to extension servers: one pool for each, with this server's certificate. Thread-safe.</summary>
/// <param name="certificate">With its private key; null: none is shown.</param>
internal sealed class ExtensionConnections(X509Certificate2? certificate) : IDisposable
{
    private readonly ConcurrentDictionary<ExtensionServer, HttpMessageInvoker> _clients = new();

    public HttpMessageInvoker Of(ExtensionServer server) => _clients.GetOrAdd(server, Make);

    /// <summary>The next request makes new connections: those that there are may lead nowhere. What runs goes on.</summary>
    public void Renew(ExtensionServer server) => _clients.TryRemove(server, out _);

    /// <summary>Only for when no request runs any more.</summary>
    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private HttpMessageInvoker Make(ExtensionServer server)
    {
        var tls = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = server.Unverified ? static (_, _, _, _) => true
                : server.Authorities.Length > 0 ? ServerTrust.Of(server.Authorities)
                : null,
        };
        if (certificate is not null)
        {
            // Shown whatever authorities the server names: many name none, or only those of users.
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        }
        return new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            // Names of users and groups need not be ASCII.
            RequestHeaderEncodingSelector = static (name, _) => UserHeaders.EncodingOf(name),
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
            SslOptions = tls,
        });
    }
}

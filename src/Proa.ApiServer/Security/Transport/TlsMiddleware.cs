using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Proa.ApiServer.Pki;

namespace Proa.ApiServer.Security.Transport;

/// <summary>
/// Wraps a connection in TLS. A client's certificate is asked for but not needed; whether it is trusted is for authentication to
/// say, so that a stranger's certificate is answered with 401 and not with a broken handshake.
/// </summary>
internal sealed partial class TlsMiddleware
{
    // A TLS record holds no more.
    private const int RecordSize = 16 * 1024;
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(10);
    private readonly SslServerAuthenticationOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public TlsMiddleware(ClusterPki pki, TimeProvider time, ILogger<TlsMiddleware> logger)
    {
        _time = time;
        _logger = logger;
        _options = new()
        {
            // Made once: otherwise each handshake would build the chain again.
            ServerCertificateContext = SslStreamCertificateContext.Create(pki.Server, [pki.Authority.Certificate], offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = OwnRootsOnly(pki),
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            AllowRenegotiation = false,
        };
    }

    public ConnectionDelegate Wrap(ConnectionDelegate next) => connection => RunAsync(connection, next);

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var inner = connection.Transport;
        var pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool;
        await using var tls = new SslStream(new DuplexPipeStream(inner), leaveInnerStreamOpen: false);
        if (!await HandshakeAsync(tls, connection))
        {
            return;
        }
        var session = new TlsSession(tls);
        connection.Features.Set<ITlsConnectionFeature>(session);
        connection.Features.Set<ITlsHandshakeFeature>(session);
        connection.Features.Set<ITlsApplicationProtocolFeature>(session);
        var input = PipeReader.Create(tls, new StreamPipeReaderOptions(pool, bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true));
        // Of the shared pool, not the connection's, whose blocks are 4 KB: a large answer goes out in TLS records of full size.
        var output = PipeWriter.Create(tls, new StreamPipeWriterOptions(minimumBufferSize: RecordSize, leaveOpen: true));
        connection.Transport = new DuplexPipe(input, output);
        try
        {
            await next(connection);
        }
        finally
        {
            await input.CompleteAsync();
            await output.CompleteAsync();
            connection.Transport = inner;
            session.Dispose();
        }
    }

    private async Task<bool> HandshakeAsync(SslStream tls, ConnectionContext connection)
    {
        using var limit = new CancellationTokenSource(s_handshakeTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, connection.ConnectionClosed);
        try
        {
            await tls.AuthenticateAsServerAsync(_options, either.Token);
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or InvalidOperationException)
        {
            HandshakeFailed(connection.RemoteEndPoint, e.Message);
            return false;
        }
    }

    // Keeps the handshake from searching the machine's own roots for the client's certificate.
    private static X509ChainPolicy OwnRootsOnly(ClusterPki pki)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(pki.Authority.Certificate);
        policy.CustomTrustStore.Add(pki.FrontProxyAuthority.Certificate);
        return policy;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "TLS handshake with {Remote} failed: {Reason}")]
    private partial void HandshakeFailed(System.Net.EndPoint? remote, string reason);

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}

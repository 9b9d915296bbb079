using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Proa.ApiServer.Security.Transport;

/// <summary>What a finished handshake tells: to Kestrel the protocol, to authentication the client's certificate.</summary>
internal sealed class TlsSession : ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature, IDisposable
{
    private readonly SslStream _stream;

    public TlsSession(SslStream stream)
    {
        _stream = stream;
        ClientCertificate = stream.RemoteCertificate switch
        {
            null => null,
            X509Certificate2 certificate => certificate,
            var certificate => new X509Certificate2(certificate),
        };
        ApplicationProtocol = stream.NegotiatedApplicationProtocol.Protocol;
        Protocol = stream.SslProtocol;
    }

    public X509Certificate2? ClientCertificate { get; set; }

    public ReadOnlyMemory<byte> ApplicationProtocol { get; }

    public SslProtocols Protocol { get; }

    public TlsCipherSuite? NegotiatedCipherSuite => _stream.NegotiatedCipherSuite;

    public string HostName => _stream.TargetHostName;

#pragma warning disable SYSLIB0058 // The interface demands these; nothing reads them.
    public CipherAlgorithmType CipherAlgorithm => _stream.CipherAlgorithm;

    public int CipherStrength => _stream.CipherStrength;

    public HashAlgorithmType HashAlgorithm => _stream.HashAlgorithm;

    public int HashStrength => _stream.HashStrength;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => _stream.KeyExchangeAlgorithm;

    public int KeyExchangeStrength => _stream.KeyExchangeStrength;
#pragma warning restore SYSLIB0058

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

    public void Dispose() => ClientCertificate?.Dispose();
}

using System.Net.Security;

namespace Proa.Client.Grpc;

/// <summary>How a client reaches a server over TCP.</summary>
public sealed record GrpcClientOptions
{
    /// <summary>Trust and the client's certificate, for <c>https</c> addresses; null: the machine's trust, no certificate.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Sent with each call.</summary>
    public (string, string)? Header { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>A connection that said nothing for so long is asked whether it lives. Servers end clients that ask too often.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection that does not answer then is broken.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much a stream may send ahead of its reader at first.</summary>
    public int WindowBytes { get; init; } = 1 << 20;
}

using System.Net;
using Proa.ApiServer.Security.Authentication;

namespace Proa.ApiServer.Bootstrap;

/// <param name="ServiceAddress">The first of the service range: that of the Service <c>kubernetes</c>.</param>
/// <param name="ApiAddress">Where pods reach the API server: not loopback.</param>
/// <param name="AuthorityPem">The certificate of the cluster's authority.</param>
public sealed record BootstrapOptions(IPAddress ServiceAddress, IPAddress ApiAddress, int ApiPort, string AuthorityPem)
{
    /// <summary>Other servers may be the cluster's too: <see cref="Servers.ServerEndpoints"/> tells where they are, not the bootstrap.</summary>
    public bool OneOfSeveral { get; init; }

    /// <summary>The addresses of Services, as the ServiceCIDR <c>kubernetes</c> tells them.</summary>
    public string ServiceRange { get; init; } = "10.96.0.0/16";

    /// <summary>What extension servers are told of how this one names its users; null: it hands no requests on.</summary>
    public FrontProxyOptions? FrontProxy { get; init; }
}

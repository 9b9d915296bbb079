using System.Net;

namespace Proa.ApiServer.Bootstrap;

/// <param name="ServiceAddress">The first of the service range: that of the Service <c>kubernetes</c>.</param>
/// <param name="ApiAddress">Where pods reach the API server: not loopback.</param>
/// <param name="AuthorityPem">The certificate of the cluster's authority.</param>
public sealed record BootstrapOptions(IPAddress ServiceAddress, IPAddress ApiAddress, int ApiPort, string AuthorityPem);

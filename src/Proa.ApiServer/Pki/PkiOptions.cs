using System.Net;

namespace Proa.ApiServer.Pki;

/// <param name="Directory">Where the files live, such as <c>D/pki</c>; made with mode 0700 when missing.</param>
/// <param name="Names">DNS names of the server's certificate besides those that each cluster has.</param>
/// <param name="Addresses">Addresses of the server's certificate besides loopback: bind address, pod gateway, service address.</param>
public sealed record PkiOptions(string Directory, IReadOnlyList<string> Names, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>The cluster's DNS domain: the certificate names <c>kubernetes.default.svc</c> with and without it.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>How long a leaf certificate is good for.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>A certificate with less than this left is made anew when it is loaded.</summary>
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromDays(60);
}

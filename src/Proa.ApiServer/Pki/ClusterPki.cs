using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proa.ApiServer.Pki;

/// <summary>
/// All keys of a cluster: its authorities, the server's, the administrator's and the front proxy's certificates, the key that
/// signs service account tokens, and the administrator's token. Immutable once loaded; each member may be used by many threads.
/// </summary>
public sealed class ClusterPki : IDisposable
{
    private ClusterPki(
        CertificateAuthority authority, CertificateAuthority frontProxyAuthority, X509Certificate2 server, X509Certificate2 admin, X509Certificate2 frontProxy,
        ECDsa signingKey, string adminToken)
    {
        Authority = authority;
        FrontProxyAuthority = frontProxyAuthority;
        FrontProxy = frontProxy;
        Server = server;
        Admin = admin;
        SigningKey = signingKey;
        AdminToken = adminToken;
    }

    public CertificateAuthority Authority { get; }

    /// <summary>Signs the certificates of those who may say for whom they ask; none of its own is a user.</summary>
    public CertificateAuthority FrontProxyAuthority { get; }

    /// <summary>What the API server shows to extension servers, <c>front-proxy-client</c>; with its private key.</summary>
    public X509Certificate2 FrontProxy { get; }

    /// <summary>What the API server shows; with its private key.</summary>
    public X509Certificate2 Server { get; }

    /// <summary>User <c>admin</c>, group <c>system:masters</c>; with its private key.</summary>
    public X509Certificate2 Admin { get; }

    /// <summary>Signs and checks service account tokens (ES256).</summary>
    public ECDsa SigningKey { get; }

    /// <summary>The bearer token that <c>proa token</c> prints.</summary>
    public string AdminToken { get; }

    /// <summary>
    /// Loads what is there and makes what is missing. Certificates that end soon, that another authority signed, or that lack
    /// a name or address of the options are made anew; the authority and the signing key never are.
    /// </summary>
    /// <exception cref="PkiException">A file is there but broken.</exception>
    public static ClusterPki LoadOrCreate(PkiOptions options, TimeProvider time)
    {
        PrivateFile.CreateDirectory(options.Directory);
        var store = new PkiFiles(options.Directory);
        var authority = store.LoadCertificate("ca") is { } found
            ? new CertificateAuthority(found, time)
            : store.Save("ca", CertificateAuthority.Create(time));
        var frontProxyAuthority = store.LoadCertificate("front-proxy-ca") is { } front
            ? new CertificateAuthority(front, time)
            : store.Save("front-proxy-ca", CertificateAuthority.Create(time, "proa-front-proxy-ca"));
        var names = Names(options);
        var addresses = Addresses(options);
        var server = Current(store.LoadCertificate("server"), authority, options, time) is { } s && Covers(s, names, addresses)
            ? s
            : store.Save("server", authority.IssueServer("kube-apiserver", names, addresses, options.Lifetime));
        var admin = Current(store.LoadCertificate("admin"), authority, options, time)
            ?? store.Save("admin", authority.IssueClient("admin", [Security.UserInfo.AdministratorsGroup], options.Lifetime));
        var frontProxy = Current(store.LoadCertificate("front-proxy-client"), frontProxyAuthority, options, time)
            ?? store.Save("front-proxy-client", frontProxyAuthority.IssueClient("front-proxy-client", [], options.Lifetime));
        return new(authority, frontProxyAuthority, server, admin, frontProxy, store.LoadOrCreateKey("sa"), LoadOrCreateToken(options.Directory));
    }

    /// <summary>The administrator's token of a data directory's PKI, or null before the first start.</summary>
    public static string? ReadAdminToken(string directory) => PrivateFile.Read(Path.Combine(directory, "admin-token"))?.Trim();

    public void Dispose()
    {
        Authority.Dispose();
        FrontProxyAuthority.Dispose();
        FrontProxy.Dispose();
        Server.Dispose();
        Admin.Dispose();
        SigningKey.Dispose();
    }

    private static List<string> Names(PkiOptions options)
    {
        var names = new List<string>
        {
            "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", $"kubernetes.default.svc.{options.ClusterDomain}",
        };
        foreach (var name in options.Names)
        {
            if (!names.Contains(name))
            {
                names.Add(name);
            }
        }
        return names;
    }

    private static List<IPAddress> Addresses(PkiOptions options)
    {
        var addresses = new List<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        foreach (var address in options.Addresses)
        {
            if (!addresses.Contains(address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
            {
                addresses.Add(address);
            }
        }
        return addresses;
    }

    private static X509Certificate2? Current(X509Certificate2? certificate, CertificateAuthority authority, PkiOptions options, TimeProvider time) =>
        certificate is not null && certificate.NotAfter - time.GetUtcNow() > options.RenewBefore && authority.Signed(certificate)
            ? certificate
            : null;

    private static bool Covers(X509Certificate2 certificate, List<string> names, List<IPAddress> addresses)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension is X509SubjectAlternativeNameExtension alternatives)
            {
                var dns = alternatives.EnumerateDnsNames().ToHashSet(StringComparer.OrdinalIgnoreCase);
                var ips = alternatives.EnumerateIPAddresses().ToHashSet();
                return names.TrueForAll(dns.Contains) && addresses.TrueForAll(ips.Contains);
            }
        }
        return false;
    }

    private static string LoadOrCreateToken(string directory)
    {
        if (ReadAdminToken(directory) is { Length: > 0 } token)
        {
            return token;
        }
        var made = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        PrivateFile.Write(Path.Combine(directory, "admin-token"), made + "\n");
        return made;
    }
}

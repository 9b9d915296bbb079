using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Proa.ApiServer.Pki;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// Who a client certificate speaks for: its common name is the user, its organizations are the groups. A connection shows one
/// certificate for all its requests, so the chain is built once for each.
/// </summary>
internal sealed class ClientCertificates(CertificateAuthority authority, TimeProvider time)
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const string Uid = "1.3.6.1.4.1.57683.2";
    private readonly ConditionalWeakTable<X509Certificate2, Known> _known = [];

    /// <returns>Null when the certificate is not trusted, or names no user.</returns>
    public UserInfo? Find(X509Certificate2 certificate)
    {
        var known = _known.GetValue(certificate, Check);
        return time.GetUtcNow() < known.Expires ? known.User : null;
    }

    private Known Check(X509Certificate2 certificate) =>
        new(authority.TrustsClient(certificate) ? Read(certificate) : null, certificate.NotAfter);

    private static UserInfo? Read(X509Certificate2 certificate)
    {
        string? user = null;
        string? uid = null;
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements)
            {
                continue;
            }
            switch (part.GetSingleElementType().Value)
            {
                case CommonName:
                    user = part.GetSingleElementValue();
                    break;
                case Uid when uid is not null:
                    return null;
                case Uid:
                    uid = part.GetSingleElementValue() ?? "";
                    break;
                case Organization when part.GetSingleElementValue() is { } group:
                    groups.Add(group);
                    break;
            }
        }
        if (string.IsNullOrEmpty(user) || uid is { Length: 0 })
        {
            return null;
        }
        groups.Add(UserInfo.AuthenticatedGroup);
        return new(user, groups)
        {
            Uid = uid ?? "",
            Extra = new Dictionary<string, IReadOnlyList<string>>
            {
                [UserExtra.CredentialId] = ["X509SHA256=" + certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()],
            },
        };
    }

    private sealed record Known(UserInfo? User, DateTimeOffset Expires);
}

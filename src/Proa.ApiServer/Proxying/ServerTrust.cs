using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proa.ApiServer.Proxying;

/// <summary>Whether a server's certificate is for the name that is asked, and of one of some authorities.</summary>
internal static class ServerTrust
{
    /// <param name="pem">The authorities' certificates; text that has none trusts nobody.</param>
    public static RemoteCertificateValidationCallback Of(string pem)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Then nothing is trusted.
        }
        return (sender, certificate, _, errors) =>
        {
            if (certificate is not X509Certificate2 shown || (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0)
            {
                return false;
            }
            using var chain = new X509Chain();
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.ExtraStore.AddRange(authorities);
            if (!chain.Build(shown) && !authorities.Any(authority => authority.RawData.AsSpan().SequenceEqual(shown.RawData)))
            {
                return false;
            }
            return (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0 ? true : throw new CertificateRefusedException(OtherNames(shown, (sender as SslStream)?.TargetHostName ?? ""));
        };
    }

    private static string OtherNames(X509Certificate2 shown, string wanted)
    {
        List<string> names =
        [
            .. shown.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static extension => extension.EnumerateDnsNames()),
            .. shown.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static extension => extension.EnumerateIPAddresses()).Select(static address => address.ToString()),
        ];
        return names.Count == 0
            ? $"tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match {wanted}"
            : $"tls: failed to verify certificate: x509: certificate is valid for {string.Join(", ", names)}, not {wanted}";
    }
}

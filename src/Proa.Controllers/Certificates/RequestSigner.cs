using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proa.Controllers.Certificates;

/// <summary>Makes certificates from requests: their subject, key and alternative names, and nothing else of theirs. Thread-safe.</summary>
/// <param name="authority">With its private key (ECDSA).</param>
internal sealed class RequestSigner(X509Certificate2 authority, TimeProvider time)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(365);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_backdate = TimeSpan.FromMinutes(5);

    // So long that the five minutes by which a certificate begins early need not be taken from its end.
    private static readonly TimeSpan s_short = TimeSpan.FromHours(8);

    private static readonly Dictionary<string, X509KeyUsageFlags> s_usages = new()
    {
        ["signing"] = X509KeyUsageFlags.DigitalSignature,
        ["digital signature"] = X509KeyUsageFlags.DigitalSignature,
        ["content commitment"] = X509KeyUsageFlags.NonRepudiation,
        ["key encipherment"] = X509KeyUsageFlags.KeyEncipherment,
        ["key agreement"] = X509KeyUsageFlags.KeyAgreement,
        ["data encipherment"] = X509KeyUsageFlags.DataEncipherment,
        ["cert sign"] = X509KeyUsageFlags.KeyCertSign,
        ["crl sign"] = X509KeyUsageFlags.CrlSign,
        ["encipher only"] = X509KeyUsageFlags.EncipherOnly,
        ["decipher only"] = X509KeyUsageFlags.DecipherOnly,
    };

    private static readonly Dictionary<string, string> s_purposes = new()
    {
        ["any"] = "2.5.29.37.0",
        ["server auth"] = "1.3.6.1.5.5.7.3.1",
        ["client auth"] = "1.3.6.1.5.5.7.3.2",
        ["code signing"] = "1.3.6.1.5.5.7.3.3",
        ["email protection"] = "1.3.6.1.5.5.7.3.4",
        ["s/mime"] = "1.3.6.1.5.5.7.3.4",
        ["ipsec end system"] = "1.3.6.1.5.5.7.3.5",
        ["ipsec tunnel"] = "1.3.6.1.5.5.7.3.6",
        ["ipsec user"] = "1.3.6.1.5.5.7.3.7",
        ["timestamping"] = "1.3.6.1.5.5.7.3.8",
        ["ocsp signing"] = "1.3.6.1.5.5.7.3.9",
        ["microsoft sgc"] = "1.3.6.1.4.1.311.10.3.3",
        ["netscape sgc"] = "2.16.840.1.113730.4.1",
    };

    /// <returns>The certificate as PEM.</returns>
    public byte[] Sign(NodeCertificates asked, IReadOnlyList<string> usages, int? expirationSeconds)
    {
        var made = new CertificateRequest(asked.Request.SubjectName, asked.Request.PublicKey, HashAlgorithmName.SHA256);
        var flags = X509KeyUsageFlags.None;
        var purposes = new OidCollection();
        foreach (var usage in usages)
        {
            flags |= s_usages.GetValueOrDefault(usage);
            if (s_purposes.TryGetValue(usage, out var purpose))
            {
                purposes.Add(new Oid(purpose));
            }
        }
        if (flags != X509KeyUsageFlags.None)
        {
            made.CertificateExtensions.Add(new X509KeyUsageExtension(flags, true));
        }
        if (purposes.Count > 0)
        {
            made.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, false));
        }
        made.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        made.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        if (asked.Alternatives is { } alternatives)
        {
            made.CertificateExtensions.Add(alternatives);
        }
        var now = time.GetUtcNow();
        var lifetime = TimeSpan.FromSeconds(expirationSeconds ?? s_longest.TotalSeconds);
        lifetime = lifetime > s_longest ? s_longest : lifetime < s_shortest ? s_shortest : lifetime;
        var end = now + (lifetime < s_short ? lifetime : lifetime - s_backdate);
        var last = new DateTimeOffset(authority.NotAfter.ToUniversalTime());
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7f;
        using var key = authority.GetECDsaPrivateKey()!;
        using var signed = made.Create(
            authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - s_backdate, end < last ? end : last, serial);
        return Encoding.ASCII.GetBytes(signed.ExportCertificatePem() + "\n");
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proa.Api.Kinds.Core;

/// <summary>Whether a certificate and a key belong together.</summary>
internal static class KeyPairs
{
    /// <summary>What a TLS server would say of them; null: nothing.</summary>
    public static string? ErrorOf(byte[] certificatePem, byte[] keyPem)
    {
        var (certificateText, keyText) = (Encoding.UTF8.GetString(certificatePem), Encoding.UTF8.GetString(keyPem));
        return Missing(certificateText, static label => label == "CERTIFICATE", "\"CERTIFICATE\" PEM block in certificate input", "certificate")
            ?? Missing(keyText, static label => label == "PRIVATE KEY" || label.EndsWith(" PRIVATE KEY", StringComparison.Ordinal), "PEM block with type ending in \"PRIVATE KEY\" in key input", "key")
            ?? Mismatch(certificateText, keyText);
    }

    private static string? Missing(string text, Func<string, bool> wanted, string what, string input)
    {
        var skipped = new List<string>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var label = rest[fields.Label].ToString();
            if (wanted(label))
            {
                return null;
            }
            skipped.Add(label);
            rest = rest[fields.Location.End..];
        }
        return skipped.Count == 0
            ? $"tls: failed to find any PEM data in {input} input"
            : $"tls: failed to find {what} after skipping PEM blocks of the following types: [{string.Join(' ', skipped)}]";
    }

    private static string? Mismatch(string certificateText, string keyText)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(certificateText);
            var wanted = certificate.PublicKey.ExportSubjectPublicKeyInfo();
            using AsymmetricAlgorithm? key = certificate.GetRSAPublicKey() is not null ? RSA.Create() : certificate.GetECDsaPublicKey() is not null ? ECDsa.Create() : null;
            if (key is null)
            {
                return null;
            }
            try
            {
                key.ImportFromPem(keyText);
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                return "tls: private key type does not match public key type";
            }
            return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(wanted) ? null : "tls: private key does not match public key";
        }
        catch (CryptographicException)
        {
            return "x509: malformed certificate";
        }
    }
}

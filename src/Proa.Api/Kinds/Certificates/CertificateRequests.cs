using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proa.Api.Kinds.Certificates;

/// <summary>Whether a certificate request, PEM in base64 as objects hold it, is one and is signed by its own key.</summary>
internal static class CertificateRequests
{
    private const string Label = "CERTIFICATE REQUEST";

    /// <returns>Null: it is sound.</returns>
    public static string? Problem(string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            return "PEM block type must be CERTIFICATE REQUEST";
        }
        var pem = Encoding.UTF8.GetString(bytes, 0, length);
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != Label)
        {
            return "PEM block type must be CERTIFICATE REQUEST";
        }
        var der = Convert.FromBase64String(pem[fields.Base64Data]);
        return Malformed(der) ?? Unsound(der);
    }

    private static string? Malformed(byte[] der)
    {
        try
        {
            var tag = AsnDecoder.ReadEncodedValue(der, AsnEncodingRules.DER, out _, out _, out var consumed);
            return tag != Asn1Tag.Sequence ? "asn1: structure error: tags don't match" : consumed < der.Length ? "asn1: syntax error: trailing data" : null;
        }
        catch (AsnContentException)
        {
            return "asn1: syntax error: data truncated";
        }
    }

    private static string? Unsound(byte[] der)
    {
        try
        {
            CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, out _, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            return e.Message.Contains("signature", StringComparison.OrdinalIgnoreCase)
                ? "x509: certificate request signature is invalid"
                : "asn1: structure error: not a certificate request";
        }
    }
}

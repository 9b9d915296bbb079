using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Kinds.Certificates;

/// <summary>What a signer puts into a request's status: certificates in PEM and nothing else, judged when they change.</summary>
internal static class IssuedCertificates
{
    private const string Label = "CERTIFICATE";
    private const string None = "must contain at least one CERTIFICATE PEM block";

    public static void Check(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var (now, before) = (obj.Sub("status").Text("certificate"), old.Sub("status").Text("certificate"));
        if (now != before && Problem(before) is null && Problem(now) is { } problem)
        {
            errors.Invalid("status.certificate", "<certificate data>", problem);
        }
    }

    /// <param name="base64">As objects hold it; empty: there is none, which is sound.</param>
    /// <returns>Null: it is sound.</returns>
    private static string? Problem(string base64)
    {
        if (base64.Length == 0)
        {
            return null;
        }
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            return None;
        }
        ReadOnlySpan<char> pem = Encoding.UTF8.GetString(bytes, 0, length);
        var blocks = 0;
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (!pem[fields.Label].SequenceEqual(Label))
            {
                return $"only CERTIFICATE PEM blocks are allowed, found \"{pem[fields.Label]}\"";
            }
            blocks++;
            try
            {
                using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(pem[fields.Base64Data].ToString()));
            }
            catch (CryptographicException)
            {
                return "x509: malformed certificate";
            }
            pem = pem[fields.Location.End..];
        }
        return blocks == 0 ? None : null;
    }
}

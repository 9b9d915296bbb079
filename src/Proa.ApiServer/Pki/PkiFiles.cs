using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proa.ApiServer.Pki;

/// <summary>Certificates and keys as PEM files: <c>NAME.crt</c> and <c>NAME.key</c>.</summary>
internal sealed class PkiFiles(string directory)
{
    /// <summary>The certificate with its key, or null when either file is missing.</summary>
    public X509Certificate2? LoadCertificate(string name)
    {
        var path = Path.Combine(directory, name + ".crt");
        if (PrivateFile.Read(path) is not { } certificate || PrivateFile.Read(Path.Combine(directory, name + ".key")) is not { } key)
        {
            return null;
        }
        try
        {
            return X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new PkiException(path, e);
        }
    }

    public X509Certificate2 Save(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        PrivateFile.Write(Path.Combine(directory, name + ".key"), key.ExportPkcs8PrivateKeyPem());
        PrivateFile.Write(Path.Combine(directory, name + ".crt"), certificate.ExportCertificatePem());
        return certificate;
    }

    public CertificateAuthority Save(string name, CertificateAuthority authority)
    {
        Save(name, authority.Certificate);
        return authority;
    }

    public ECDsa LoadOrCreateKey(string name)
    {
        var path = Path.Combine(directory, name + ".key");
        if (PrivateFile.Read(path) is { } pem)
        {
            var key = ECDsa.Create();
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                key.Dispose();
                throw new PkiException(path, e);
            }
        }
        var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Write(path, made.ExportPkcs8PrivateKeyPem());
        return made;
    }
}

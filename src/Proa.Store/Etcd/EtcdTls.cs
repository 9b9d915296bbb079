using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Proa.Store.Etcd;

/// <summary>What the client shows to etcd's members and whom it trusts.</summary>
internal static class EtcdTls
{
    /// <returns>Null when no file is named: the machine's trust, no certificate.</returns>
    /// <exception cref="StoreOpenException">A file cannot be read.</exception>
    public static SslClientAuthenticationOptions? Of(EtcdOptions options)
    {
        if (options.CertificatePath is null && options.AuthorityPath is null)
        {
            return null;
        }
        var tls = new SslClientAuthenticationOptions();
        if (options.AuthorityPath is { } authority)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Read(authority, path => policy.CustomTrustStore.ImportFromPemFile(path));
            tls.CertificateChainPolicy = policy;
        }
        if (options.CertificatePath is { } certificate)
        {
            X509Certificate2? own = null;
            Read(certificate, path => own = X509Certificate2.CreateFromPemFile(path, options.KeyPath ?? path));
            tls.ClientCertificates = [own!];
        }
        return tls;
    }

    private static void Read(string path, Action<string> read)
    {
        try
        {
            read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StoreOpenException(path, $"cannot be used with etcd: {error.Message}", "Give a PEM file, and for a certificate its key.", error);
        }
    }
}

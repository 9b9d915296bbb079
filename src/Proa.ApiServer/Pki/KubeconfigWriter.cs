using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proa.ApiServer.Pki;

/// <summary>Writes a kubeconfig (mode 0600) that embeds all it needs: cluster, context and user are named as the cluster.</summary>
public static class KubeconfigWriter
{
    /// <param name="server">The API's address, such as <c>https://127.0.0.1:6443</c>.</param>
    public static void Write(string path, ClusterPki pki, string server, string cluster = "proa") =>
        PrivateFile.Write(path, Render(pki, server, cluster));

    public static string Render(ClusterPki pki, string server, string cluster = "proa")
    {
        using var key = pki.Admin.GetECDsaPrivateKey()!;
        return $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: {cluster}
              cluster:
                server: {server}
                certificate-authority-data: {Encode(pki.Authority.CertificatePem)}
            users:
            - name: {cluster}-admin
              user:
                client-certificate-data: {Encode(pki.Admin.ExportCertificatePem())}
                client-key-data: {Encode(key.ExportPkcs8PrivateKeyPem())}
            contexts:
            - name: {cluster}
              context:
                cluster: {cluster}
                user: {cluster}-admin
            current-context: {cluster}

            """;
    }

    private static string Encode(string pem) => Convert.ToBase64String(Encoding.ASCII.GetBytes(pem + "\n"));
}

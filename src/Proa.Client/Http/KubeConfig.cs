using System.Security.Cryptography.X509Certificates;
using YamlDotNet.RepresentationModel;

namespace Proa.Client.Http;

/// <summary>Where a cluster is and who the caller is, from the current context of a kubeconfig.</summary>
public sealed record KubeConfig(Uri Server)
{
    /// <summary>PEM certificates that sign the server's; null: the system's.</summary>
    public string? CertificateAuthorityPem { get; init; }

    public string? ClientCertificatePem { get; init; }

    public string? ClientKeyPem { get; init; }

    public string? Token { get; init; }

    /// <summary>The name to expect in the server's certificate instead of the address's.</summary>
    public string? TlsServerName { get; init; }

    public bool SkipTlsVerify { get; init; }

    public string? Namespace { get; init; }

    /// <exception cref="FormatException">Not a kubeconfig, or its current context is incomplete; the message says where.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static KubeConfig Load(string path, string? context = null) =>
        Parse(File.ReadAllText(path), Path.GetDirectoryName(Path.GetFullPath(path))!, context);

    /// <param name="directory">What relative file names in it are relative to.</param>
    /// <inheritdoc cref="Load"/>
    public static KubeConfig Parse(string yaml, string directory, string? context = null)
    {
        var root = ReadRoot(yaml);
        var contextName = context ?? Text(root, "current-context") ?? throw new FormatException("the kubeconfig has no current-context");
        var chosen = Named(root, "contexts", "context", contextName);
        var cluster = Named(root, "clusters", "cluster", Text(chosen, "cluster") ?? "");
        var user = Text(chosen, "user") is { } userName ? Named(root, "users", "user", userName) : new YamlMappingNode();
        if (!Uri.TryCreate(Text(cluster, "server"), UriKind.Absolute, out var server))
        {
            throw new FormatException($"the kubeconfig's cluster of context {contextName} has no server address");
        }
        return new(server)
        {
            CertificateAuthorityPem = Pem(cluster, "certificate-authority", directory),
            ClientCertificatePem = Pem(user, "client-certificate", directory),
            ClientKeyPem = Pem(user, "client-key", directory),
            Token = Text(user, "token") ?? (Text(user, "tokenFile") is { } file ? File.ReadAllText(Path.Combine(directory, file)).Trim() : null),
            TlsServerName = Text(cluster, "tls-server-name"),
            SkipTlsVerify = Text(cluster, "insecure-skip-tls-verify") == "true",
            Namespace = Text(chosen, "namespace"),
        };
    }

    internal X509Certificate2? ClientCertificate() => ClientCertificatePem is null || ClientKeyPem is null
        ? null
        : X509Certificate2.CreateFromPem(ClientCertificatePem, ClientKeyPem);

    internal X509Certificate2Collection? Authorities()
    {
        if (CertificateAuthorityPem is null)
        {
            return null;
        }
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(CertificateAuthorityPem);
        return authorities;
    }

    private static YamlMappingNode ReadRoot(string yaml)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream.Documents.Count > 0 && stream.Documents[0].RootNode is YamlMappingNode root
                ? root
                : throw new FormatException("the kubeconfig is not a YAML map");
        }
        catch (YamlDotNet.Core.YamlException e)
        {
            throw new FormatException($"the kubeconfig is not YAML: {e.Message}", e);
        }
    }

    private static YamlMappingNode Named(YamlMappingNode root, string list, string member, string name)
    {
        if (root.Children.TryGetValue(list, out var found) && found is YamlSequenceNode items)
        {
            foreach (var item in items)
            {
                if (item is YamlMappingNode map && Text(map, "name") == name
                    && map.Children.TryGetValue(member, out var value) && value is YamlMappingNode result)
                {
                    return result;
                }
            }
        }
        throw new FormatException($"the kubeconfig has no {member} named \"{name}\"");
    }

    private static string? Text(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(key, out var value) && value is YamlScalarNode { Value.Length: > 0 } scalar ? scalar.Value : null;

    private static string? Pem(YamlMappingNode map, string key, string directory)
    {
        if (Text(map, key + "-data") is { } data)
        {
            return System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(data));
        }
        return Text(map, key) is { } file ? File.ReadAllText(Path.Combine(directory, file)) : null;
    }
}

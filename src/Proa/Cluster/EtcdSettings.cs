using Proa.Store.Etcd;

namespace Proa.Cluster;

/// <summary>Which etcd holds the cluster, as <c>cluster.json</c> keeps it.</summary>
/// <param name="Endpoints">Client addresses, comma-separated.</param>
/// <param name="AuthorityFile">PEM; null: the machine's authorities.</param>
internal sealed record EtcdSettings(string Endpoints, string? AuthorityFile, string? CertificateFile, string? KeyFile)
{
    /// <summary>What is wrong with a list of addresses; null: nothing.</summary>
    public static string? Problem(string endpoints)
    {
        var all = Split(endpoints);
        return all.Length == 0
            ? "it names no address such as https://10.0.0.1:2379"
            : all.Where(text => !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/")
                .Select(text => $"{text} is not an address such as https://10.0.0.1:2379").FirstOrDefault();
    }

    /// <param name="waiting">Told what a start waits for.</param>
    public EtcdOptions ToOptions(Action<string>? waiting = null) => new()
    {
        Endpoints = [.. Split(Endpoints).Select(text => new Uri(text))],
        AuthorityPath = AuthorityFile,
        CertificatePath = CertificateFile,
        KeyPath = KeyFile,
        Waiting = waiting,
    };

    private static string[] Split(string endpoints) => endpoints.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

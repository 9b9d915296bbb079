using System.Text;

namespace Proa.Cluster;

/// <summary>
/// Who this start of a server is among all, as <c>host_UUID</c>, and who its data directory's earlier starts were. The caller
/// holds the directory's lock, so that those are gone: what they held need not be waited for.
/// </summary>
internal sealed record ServerIdentity(string Name, IReadOnlyCollection<string> Former)
{
    // Starts that ended before they led are few; a lease older than that has ended by itself.
    private const int Remembered = 16;

    /// <summary>Whoever runs on the directory now, or ran last; null: nobody has.</summary>
    public static string? Current(ClusterPaths paths) => File.Exists(paths.Identities) ? File.ReadLines(paths.Identities).LastOrDefault() : null;

    public static ServerIdentity Take(ClusterPaths paths)
    {
        string[] former = File.Exists(paths.Identities) ? [.. File.ReadAllLines(paths.Identities).Where(static line => line.Length > 0).TakeLast(Remembered)] : [];
        var name = $"{Environment.MachineName}_{Guid.NewGuid()}";
        SafeFile.Write(paths.Identities, Encoding.UTF8.GetBytes(string.Join('\n', [.. former, name, ""])));
        return new(name, former);
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Proa.Cluster;

namespace Proa.Sharing;

/// <summary>
/// What every server of a cluster must have the same: the authority, the keys that sign tokens and open Secrets, and the ranges
/// that addresses come from.
/// </summary>
/// <param name="Files">Contents by the path below the data directory.</param>
internal sealed record SharedBundle(int Format, string ServiceRange, string NodePorts, string Domain, SortedDictionary<string, byte[]> Files)
{
    public const int CurrentFormat = 1;

    /// <summary>A server's own: its certificate names its addresses; the key is what opens the bundle.</summary>
    private static readonly string[] s_own = ["server.crt", "server.key", "cluster-key"];

    /// <summary>Of a data directory whose keys have been made.</summary>
    public static SharedBundle Of(ClusterPaths paths, ClusterConfig config)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in KeyFolders(paths).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            var name = Path.GetFileName(file);
            if (!s_own.Contains(name) && !name.EndsWith(".new", StringComparison.Ordinal) && !name.EndsWith(".tmp", StringComparison.Ordinal))
            {
                files.Add(Path.GetRelativePath(paths.Root, file), File.ReadAllBytes(file));
            }
        }
        return new(CurrentFormat, config.ServiceRange, config.NodePorts, config.Domain, files);
    }

    /// <summary>Puts the files in their places; those that are there already as they should be are left.</summary>
    public void WriteTo(ClusterPaths paths)
    {
        foreach (var (name, content) in Files)
        {
            var path = Path.GetFullPath(Path.Combine(paths.Root, name));
            if (!KeyFolders(paths).Contains(Path.GetDirectoryName(path)))
            {
                throw new InvalidDataException($"the cluster's bundle holds {name}, which is no key");
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
            {
                SafeFile.Write(path, content);
            }
        }
    }

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, BundleJson.Default.SharedBundle);

    /// <exception cref="UserException">A newer version of Proa wrote it.</exception>
    public static SharedBundle Read(ReadOnlySpan<byte> json)
    {
        var bundle = JsonSerializer.Deserialize(json, BundleJson.Default.SharedBundle)!;
        return bundle.Format <= CurrentFormat
            ? bundle
            : throw new UserException($"the cluster was made by a newer version of Proa (bundle format {bundle.Format}, this one knows {CurrentFormat})", "start the newer version on this server too");
    }

    private static string[] KeyFolders(ClusterPaths paths) => [paths.Pki, Path.Combine(paths.State, "pki")];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SharedBundle))]
internal sealed partial class BundleJson : JsonSerializerContext;

using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Backup;

/// <summary>
/// Writes a backup: a tar with the manifest, the settings, the keys and the store at one revision. The key that opens encrypted
/// Secrets is in it, as are the cluster's other keys: a backup without them could not be restored.
/// </summary>
internal static class BackupWriter
{
    /// <summary>Of an open store, which goes on working meanwhile.</summary>
    /// <returns>The revision.</returns>
    /// <exception cref="IOException">The disk or the output refused.</exception>
    public static async Task<long> WriteAsync(ClusterPaths paths, ObjectStore store, Stream output, CancellationToken ct)
    {
        // On the cluster's own disk, and private: the copy of the store before it is sent.
        var copy = Path.Combine(paths.State, $"backup-{Guid.NewGuid():n}.tmp");
        try
        {
            // A rotation may begin meanwhile, but no key goes before its file is copied.
            using var keys = store.Encryption!.HoldKeys();
            var revision = await store.BackUpAsync(copy);
            List<(string Name, string File)> files = [(BackupManifest.Database, copy), .. KeysAndSettings(paths)];
            var manifest = new BackupManifest(BackupManifest.CurrentFormat, Commands.VersionCommand.Proa, store.ClusterId, revision, []);
            foreach (var (name, file) in files)
            {
                await using var content = File.OpenRead(file);
                manifest.Files.Add(name, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)));
            }
            await using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
            using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, BackupJson.Default.BackupManifest));
            await AddAsync(tar, BackupManifest.Name, json, ct);
            foreach (var (name, file) in files)
            {
                await using var content = File.OpenRead(file);
                await AddAsync(tar, name, content, ct);
            }
            return revision;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    // After the copy: a key that it needs is there by then.
    private static IEnumerable<(string Name, string File)> KeysAndSettings(ClusterPaths paths)
    {
        string[] files = [paths.Config, .. FilesOf(paths.Pki), .. FilesOf(Path.Combine(paths.State, "pki"))];
        return files.Select(file => (Path.GetRelativePath(paths.Root, file), file));
    }

    private static string[] FilesOf(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];

    private static Task AddAsync(TarWriter tar, string name, Stream content, CancellationToken ct) =>
        tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite, DataStream = content }, ct);
}

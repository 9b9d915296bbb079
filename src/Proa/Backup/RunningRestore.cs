using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.ApiServer.Bootstrap;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Backup;

/// <summary>
/// Puts a backup of the same cluster in place of what a running one holds: its objects, at one moment. Keys and settings stay, as
/// clients know them; a backup of other ones is refused.
/// </summary>
internal sealed class RunningRestore(
    ClusterPaths paths, ClusterConfig config, ObjectStore store, ObjectIndexer indexer, Bootstrapper bootstrapper, RestoreDesk desk, TimeProvider time)
{
    // Tokens and certificates that were given out are of these.
    private static readonly string[] s_identity = ["ca.crt", "sa.key"];

    /// <summary>A directory with an unpacked backup, made by whoever asks; it is this one's to remove once it is taken.</summary>
    public static string StagedName => $"restore-{Guid.NewGuid():n}.tmp";

    /// <summary>What restores that a kill ended have left.</summary>
    public static void RemoveLeftovers(ClusterPaths paths)
    {
        foreach (var folder in Directory.GetDirectories(paths.Root, "restore-*.tmp"))
        {
            Directory.Delete(folder, recursive: true);
        }
        foreach (var file in Directory.GetFiles(paths.Root, "before-restore-*.tmp").Concat(Directory.Exists(paths.State) ? Directory.GetFiles(paths.State, "backup-*.tmp*") : []))
        {
            File.Delete(file);
        }
    }

    /// <param name="name">Of the directory with the unpacked backup, below the data directory.</param>
    /// <param name="tell">Told of the steps.</param>
    /// <returns>What was done, for people.</returns>
    /// <exception cref="UserException">It cannot be put in place: nothing was changed, unless that is said.</exception>
    public async Task<string> RunAsync(string name, Action<string> tell)
    {
        var given = Path.Combine(paths.Root, name);
        if (!name.StartsWith("restore-", StringComparison.Ordinal) || !name.EndsWith(".tmp", StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal) || !Directory.Exists(given))
        {
            throw new UserException($"there is no unpacked backup {name} in {paths.Root}", "use `proa restore FILE`");
        }
        using var taken = desk.TryTake() ?? throw new UserException("another restore is under way", "let it end, and look whether this one is still wanted");
        // Under a name of our own: who asked may go away, and would remove it.
        var staged = new ClusterPaths(Path.Combine(paths.Root, StagedName));
        Directory.Move(given, staged.Root);
        try
        {
            RefuseOther(staged);
            tell("reading the backup's store");
            var (revision, objects) = await ReadAsync(staged);
            return await ReplaceAsync(revision, objects, tell);
        }
        finally
        {
            Directory.Delete(staged.Root, recursive: true);
        }
    }

    private void RefuseOther(ClusterPaths staged)
    {
        const string Remedy = "stop it with `proa down`, restore, and start it with `proa up`; or restore into another --data-dir. Nothing was changed";
        if (s_identity.Any(file => !File.ReadAllBytes(Path.Combine(paths.Pki, file)).AsSpan().SequenceEqual(Bytes(Path.Combine(staged.Pki, file)))))
        {
            throw new UserException("the backup is of another cluster: its keys are not those that the running one's clients know", Remedy);
        }
        var other = ClusterConfigFile.Read(staged)!;
        foreach (var (what, here, there) in new[]
        {
            ("node name", config.NodeName, other.NodeName), ("pod range", config.PodRange, other.PodRange), ("service range", config.ServiceRange, other.ServiceRange),
            ("node ports", config.NodePorts, other.NodePorts), ("domain", config.Domain, other.Domain),
        })
        {
            if (here != there)
            {
                throw new UserException($"the backup's {what} is {there}, the running cluster's {here}: that cannot change while it runs", Remedy);
            }
        }
    }

    private static byte[] Bytes(string file) => File.Exists(file) ? File.ReadAllBytes(file) : [];

    private async Task<(long Revision, IReadOnlyList<StoredObject> Objects)> ReadAsync(ClusterPaths staged)
    {
        try
        {
            await using var other = await ObjectStore.OpenAsync(new StoreOptions { DataDirectory = staged.State }, indexer, time, NullLogger.Instance);
            return StoreCopy.All(other);
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"the store in the backup cannot be used: it {e.Problem}", "take another backup; nothing was changed");
        }
    }

    private async Task<string> ReplaceAsync(long revision, IReadOnlyList<StoredObject> objects, Action<string> tell)
    {
        var kept = Path.Combine(paths.Root, $"before-restore-{time.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}.tar");
        var changes = 0;
        var order = new RestoreOrder(
            async () =>
            {
                tell($"putting {objects.Count} objects in place");
                try
                {
                    changes = await store.ReplaceAsync(objects, revision, () => KeepAsync(kept), CancellationToken.None);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreOpenException or ObjectDisposedException)
                {
                    File.Delete(kept);
                    throw new UserException($"the store cannot be written: {e.Message}", "see to the data directory's disk and restore again; nothing was changed");
                }
                // What a cluster must have, as at a start: the backup may be of an older version.
                await bootstrapper.EnsureAsync(CancellationToken.None);
            },
            tell);
        tell("stopping what works on the objects; containers go on running");
        await desk.HandInAsync(order);
        return $"restored {paths.Root} to the backup's revision {revision}: {changes} changes, now at revision {store.Revision}; what was there is kept in {kept}, which `proa restore` takes, too";
    }

    /// <summary>A backup of what is replaced, of the last moment before.</summary>
    private async Task KeepAsync(string file)
    {
        var draft = file + ".tmp";
        try
        {
            await using (var output = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                await BackupWriter.WriteAsync(paths, store, output, CancellationToken.None);
                output.Flush(flushToDisk: true);
            }
            File.Move(draft, file);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}

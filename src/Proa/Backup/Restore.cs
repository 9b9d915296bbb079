using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Backup;

/// <summary>Puts a backup in place of what a stopped data directory holds, which is kept beside it.</summary>
internal static class Restore
{
    private static readonly string[] s_parts = ["cluster.json", "pki", "state"];

    /// <summary>Refuses a directory that a restore left half done: an empty cluster must not start in it.</summary>
    /// <exception cref="UserException"/>
    public static void RefuseUnfinished(ClusterPaths paths)
    {
        if (File.Exists(Mark(paths)))
        {
            throw new UserException($"a restore of {paths.Root} was interrupted", "run `proa restore FILE` again: what was there before it is kept in before-restore-*");
        }
    }

    /// <summary>The caller holds the directory's lock.</summary>
    /// <returns>The backup's manifest, and where what was there is kept; null: there was nothing.</returns>
    /// <exception cref="UserException">The backup or the disk does not allow it.</exception>
    public static async Task<(BackupManifest Manifest, string? Kept)> RunAsync(ClusterPaths paths, string file, TimeProvider time, CancellationToken ct)
    {
        var staged = Path.Combine(paths.Root, "restore.tmp");
        try
        {
            RemoveFolder(staged);
            Directory.CreateDirectory(staged, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var manifest = await BackupReader.ReadAsync(file, staged, ct);
            await PrepareAsync(paths, new ClusterPaths(staged), time);
            // From here on a kill leaves the mark, and a start is refused until the restore is done again.
            SafeFile.Write(Mark(paths), []);
            var kept = MoveAway(paths, time);
            foreach (var part in s_parts)
            {
                Move(Path.Combine(staged, part), Path.Combine(paths.Root, part));
            }
            RemoveFolder(staged);
            File.Delete(Mark(paths));
            return (manifest, kept);
        }
        catch (StoreOpenException e)
        {
            throw new UserException($"the store in {file} cannot be used: {e.Path} {e.Problem}", "take another backup; nothing was changed");
        }
        catch (IOException e)
        {
            throw new UserException($"{paths.Root} cannot be written: {e.Message}", "see to the disk's free space, and restore again");
        }
        finally
        {
            RemoveFolder(staged);
        }
    }

    /// <summary>Checks what was unpacked by loading it, and makes it this directory's.</summary>
    private static async Task PrepareAsync(ClusterPaths paths, ClusterPaths staged, TimeProvider time)
    {
        var config = ClusterConfigFile.Read(staged)!;
        // Names in the kernel follow from the directory, so that a copy elsewhere can run beside the first one.
        config = config with { Id = ClusterConfigFile.IdOf(paths) };
        SafeFile.Write(staged.Config, JsonSerializer.SerializeToUtf8Bytes(config, ClusterJson.Default.ClusterConfig));
        await StoreBackup.AdoptAsync(new StoreOptions { DataDirectory = staged.State }, StoreBackup.RevisionOf(paths.State), time, NullLogger.Instance);
    }

    private static string? MoveAway(ClusterPaths paths, TimeProvider time)
    {
        var present = s_parts.Select(part => Path.Combine(paths.Root, part)).Where(Path.Exists).ToList();
        if (present.Count == 0)
        {
            return null;
        }
        var kept = Path.Combine(paths.Root, $"before-restore-{time.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}");
        Directory.CreateDirectory(kept, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var part in present)
        {
            Move(part, Path.Combine(kept, Path.GetFileName(part)));
        }
        return kept;
    }

    private static void Move(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Move(from, to);
        }
        else if (Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
    }

    private static void RemoveFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Mark(ClusterPaths paths) => Path.Combine(paths.Root, "restore.unfinished");
}

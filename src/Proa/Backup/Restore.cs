using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Backup;

/// <summary>Puts a backup in place of what a stopped data directory holds, which is kept beside it.</summary>
internal static class Restore
{
    private static readonly string[] s_parts = ["cluster.json", "pki", "state"];

    /// <summary>Refuses a directory in which a restore is to be ended first.</summary>
    /// <exception cref="UserException"/>
    public static void RefuseUnfinished(ClusterPaths paths)
    {
        if (File.Exists(Mark(paths)))
        {
            throw new UserException($"a restore of {paths.Root} was interrupted", "start it with `proa up`, which ends the restore, or restore again");
        }
    }

    /// <summary>Ends a restore that was interrupted after everything of it was checked. The caller holds the directory's lock.</summary>
    /// <returns>Where what was there before is kept; null: there was nothing to end.</returns>
    /// <exception cref="UserException">What is needed for it is gone.</exception>
    public static string? Resume(ClusterPaths paths)
    {
        if (!File.Exists(Mark(paths)))
        {
            return null;
        }
        var kept = Path.Combine(paths.Root, File.ReadAllText(Mark(paths)) is { Length: > 0 } name ? name : "before-restore-interrupted");
        PutInPlace(paths, kept, static _ => { });
        return kept;
    }

    /// <summary>The caller holds the directory's lock.</summary>
    /// <returns>The backup's manifest, and where what was there is kept; null: there was nothing.</returns>
    /// <exception cref="UserException">The backup or the disk does not allow it.</exception>
    public static async Task<(BackupManifest Manifest, string? Kept)> RunAsync(ClusterPaths paths, string file, TimeProvider time, CancellationToken ct)
    {
        var staged = Staged(paths);
        try
        {
            if (s_parts.All(part => Path.Exists(Path.Combine(paths.Root, part)) || Path.Exists(Path.Combine(staged, part))))
            {
                Resume(paths);
            }
            RemoveFolder(staged);
            Directory.CreateDirectory(staged, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var manifest = await BackupReader.ReadAsync(file, staged, ct);
            await PrepareAsync(paths, new ClusterPaths(staged), time);
            var kept = $"before-restore-{time.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}";
            var isFirst = !s_parts.Any(part => Path.Exists(Path.Combine(paths.Root, part)));
            // Until here a kill changed nothing; from here on the next start goes on with it.
            SafeFile.Write(Mark(paths), Encoding.UTF8.GetBytes(kept));
            PutInPlace(paths, Path.Combine(paths.Root, kept), static _ => { });
            return (manifest, isFirst ? null : Path.Combine(paths.Root, kept));
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
            if (!File.Exists(Mark(paths)))
            {
                RemoveFolder(staged);
            }
        }
    }

    /// <summary>Moves away what is there and in what was unpacked. Broken off anywhere, it goes on when it is called again.</summary>
    /// <param name="moved">Called after each step.</param>
    internal static void PutInPlace(ClusterPaths paths, string kept, Action<string> moved)
    {
        var staged = Staged(paths);
        foreach (var part in s_parts)
        {
            var (from, to) = (Path.Combine(staged, part), Path.Combine(paths.Root, part));
            if (!Path.Exists(from))
            {
                continue;
            }
            if (Path.Exists(to))
            {
                Directory.CreateDirectory(kept, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                Move(to, Path.Combine(kept, part));
                moved(part);
            }
            Move(from, to);
            moved(part);
        }
        if (s_parts.FirstOrDefault(part => !Path.Exists(Path.Combine(paths.Root, part))) is { } missing)
        {
            throw new UserException($"a restore of {paths.Root} was interrupted, and {missing} is missing", "run `proa restore FILE` again: what was there before it is kept in before-restore-*");
        }
        RemoveFolder(staged);
        moved("");
        File.Delete(Mark(paths));
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

    internal static string Staged(ClusterPaths paths) => Path.Combine(paths.Root, "restore.tmp");

    internal static string Mark(ClusterPaths paths) => Path.Combine(paths.Root, "restore.unfinished");
}

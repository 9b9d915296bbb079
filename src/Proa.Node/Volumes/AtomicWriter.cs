using System.Globalization;
using System.Security.Cryptography;

namespace Proa.Node.Volumes;

/// <summary>
/// Writes a set of files so that a reader sees all of the old or all of the new: they go into a directory named by time,
/// to which the link <c>..data</c> is then switched by one rename; the visible names are links through <c>..data</c>. The
/// layout is the original's, on which programs that watch their configuration rely.
/// </summary>
internal sealed class AtomicWriter(string directory, long? group, TimeProvider time)
{
    private const string DataLink = "..data";

    /// <summary>True when the files had to be written; false when they stood there already.</summary>
    public bool Write(IReadOnlyDictionary<string, PayloadFile> files)
    {
        var data = Path.Combine(directory, DataLink);
        var old = new FileInfo(data).LinkTarget;
        if (old is not null && Same(Path.Combine(directory, old), files))
        {
            LinkNames(files);
            return false;
        }
        var stamp = time.GetUtcNow().ToString("'..'yyyy_MM_dd_HH_mm_ss'.'", CultureInfo.InvariantCulture)
            + RandomNumberGenerator.GetInt32(int.MaxValue).ToString(CultureInfo.InvariantCulture);
        var fresh = Path.Combine(directory, stamp);
        Directory.CreateDirectory(fresh);
        File.SetUnixFileMode(fresh, (UnixFileMode)0x1ED);
        foreach (var (path, file) in files)
        {
            WriteFile(Path.Combine(fresh, path), file);
        }
        if (group is { } gid)
        {
            FsGroup.ApplyBelow(fresh, gid, readOnly: true);
        }
        var temporary = Path.Combine(directory, "..data_tmp");
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, stamp);
        LinuxFiles.Rename(temporary, data);
        LinkNames(files);
        RemoveStale(files, stamp);
        return true;
    }

    private static void WriteFile(string path, PayloadFile file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file.Content);
        File.SetUnixFileMode(path, (UnixFileMode)(file.Mode & 0xFFF));
        if (file.Owner is { } owner)
        {
            LinuxFiles.ChangeOwner(path, owner, null);
        }
    }

    private void LinkNames(IReadOnlyDictionary<string, PayloadFile> files)
    {
        foreach (var name in files.Keys.Select(Top).Distinct())
        {
            var link = Path.Combine(directory, name);
            if (new FileInfo(link).LinkTarget is null)
            {
                File.CreateSymbolicLink(link, $"{DataLink}/{name}");
            }
        }
    }

    private void RemoveStale(IReadOnlyDictionary<string, PayloadFile> files, string stamp)
    {
        var names = files.Keys.Select(Top).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (entry.Name is DataLink || entry.Name == stamp || names.Contains(entry.Name))
            {
                continue;
            }
            if (entry.LinkTarget is null && entry is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    private static string Top(string path) => path.IndexOf('/') is var slash and > 0 ? path[..slash] : path;

    private bool Same(string current, IReadOnlyDictionary<string, PayloadFile> files)
    {
        if (!Directory.Exists(current)
            || Directory.EnumerateFiles(current, "*", SearchOption.AllDirectories).Count() != files.Count)
        {
            return false;
        }
        foreach (var (path, file) in files)
        {
            var full = Path.Combine(current, path);
            if (!File.Exists(full) || !File.ReadAllBytes(full).AsSpan().SequenceEqual(file.Content)
                || group is null && (int)File.GetUnixFileMode(full) != (file.Mode & 0xFFF))
            {
                return false;
            }
        }
        return true;
    }
}

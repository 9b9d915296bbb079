using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;

namespace Proa.Backup;

/// <summary>Reads a backup and checks that it is whole.</summary>
internal static class BackupReader
{
    private const string Damaged = "take another backup, or copy this one again; nothing was changed";

    /// <summary>Checks everything, and puts the files below a directory when one is given.</summary>
    /// <param name="into">An empty directory; null: only check.</param>
    /// <exception cref="UserException">It is not a backup, cut short, altered, or of a newer version.</exception>
    public static async Task<BackupManifest> ReadAsync(string file, string? into, CancellationToken ct)
    {
        try
        {
            await using var input = File.OpenRead(file);
            await using var tar = new TarReader(input);
            var manifest = await ReadManifestAsync(tar, file, ct);
            var missing = manifest.Files.Keys.ToHashSet(StringComparer.Ordinal);
            while (await tar.GetNextEntryAsync(cancellationToken: ct) is { } entry)
            {
                if (!manifest.Files.TryGetValue(entry.Name, out var expected) || !missing.Remove(entry.Name) || entry.DataStream is null || !IsBelow(entry.Name))
                {
                    throw new UserException($"{file} holds {entry.Name}, which its {BackupManifest.Name} does not name", Damaged);
                }
                if (await CopyAsync(entry.DataStream, into is null ? null : Path.Combine(into, entry.Name), ct) != expected)
                {
                    throw new UserException($"{file} is damaged: {entry.Name} is not what was backed up", Damaged);
                }
            }
            return missing.Count == 0
                ? manifest
                : throw new UserException($"{file} is cut short: {missing.Order(StringComparer.Ordinal).First()} is missing", Damaged);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new UserException($"{file} cannot be read: {e.Message}", "name a file that `proa backup` wrote");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or JsonException)
        {
            throw new UserException($"{file} is not a whole backup: {e.Message}", Damaged);
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(TarReader tar, string file, CancellationToken ct)
    {
        if (await tar.GetNextEntryAsync(cancellationToken: ct) is not { Name: BackupManifest.Name, DataStream: { } json })
        {
            throw new UserException($"{file} is not a backup of Proa", "name a file that `proa backup` wrote");
        }
        var manifest = await JsonSerializer.DeserializeAsync(json, BackupJson.Default.BackupManifest, ct);
        if (manifest is null || manifest.Format > BackupManifest.CurrentFormat)
        {
            throw new UserException(
                $"{file} was written by a newer version of Proa ({manifest?.Proa}; format {manifest?.Format}, this one reads up to {BackupManifest.CurrentFormat})",
                "restore it with that version; nothing was changed");
        }
        return manifest.Files is { } files && files.ContainsKey(BackupManifest.Database) && files.ContainsKey(BackupManifest.Config)
            ? manifest
            : throw new UserException($"{file} is damaged: its {BackupManifest.Name} names no store", Damaged);
    }

    /// <summary>A name cannot lead out of the directory that it is put below.</summary>
    private static bool IsBelow(string name) =>
        !Path.IsPathRooted(name) && name.Split('/').All(part => part is not ("" or "." or ".."));

    private static async Task<string> CopyAsync(Stream content, string? target, CancellationToken ct)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (target is null)
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct));
        }
        Directory.CreateDirectory(Path.GetDirectoryName(target)!, ownerOnly | UnixFileMode.UserExecute);
        await using var file = new FileStream(target, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = ownerOnly });
        await content.CopyToAsync(file, ct);
        file.Flush(flushToDisk: true);
        file.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
    }
}

using System.Text.Json.Serialization;

namespace Proa.Backup;

/// <summary>The first entry of a backup, <c>backup.json</c>: what the others must be.</summary>
/// <param name="Format">Of the backup; a newer one is refused.</param>
/// <param name="Proa">The version that made it.</param>
/// <param name="Revision">The one revision that all objects in it are of.</param>
/// <param name="Files">SHA-256, in hexadecimal, by the path below the data directory.</param>
internal sealed record BackupManifest(int Format, string Proa, string ClusterId, long Revision, SortedDictionary<string, string> Files)
{
    public const string Name = "backup.json";

    public const int CurrentFormat = 1;

    public const string Config = "cluster.json";

    public const string Database = "state/store.db";
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;

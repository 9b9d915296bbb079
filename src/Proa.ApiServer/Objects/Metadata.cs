using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.Objects;

/// <summary>Reads and writes the metadata that the server owns.</summary>
internal static class Metadata
{
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public static JsonObject Of(JsonObject obj) => obj.EnsureObject("metadata");

    public static string Name(JsonObject obj) => obj.Object("metadata")?.String("name") ?? "";

    public static string Namespace(JsonObject obj) => obj.Object("metadata")?.String("namespace") ?? "";

    public static string Uid(JsonObject obj) => obj.Object("metadata")?.String("uid") ?? "";

    public static bool IsDeleting(JsonObject obj) => obj.Object("metadata")?.String("deletionTimestamp") is not null;

    public static bool HasFinalizers(JsonObject obj) => obj.Object("metadata")?.Array("finalizers") is { Count: > 0 };

    /// <summary>RFC 3339 in seconds, as the API prints times.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A <c>generateName</c> with its five characters.</summary>
    public static string Generate(string prefix, Random random)
    {
        const int MaxPrefix = 63 - 5;
        var cut = prefix.Length > MaxPrefix ? prefix[..MaxPrefix] : prefix;
        Span<char> suffix = stackalloc char[5];
        for (var i = 0; i < suffix.Length; i++)
        {
            suffix[i] = SuffixAlphabet[random.Next(SuffixAlphabet.Length)];
        }
        return string.Concat(cut, suffix);
    }

    /// <summary>Drops members that are null or empty and that the original leaves out.</summary>
    public static void DropEmpties(JsonObject metadata)
    {
        foreach (var key in (ReadOnlySpan<string>)["labels", "annotations", "finalizers", "ownerReferences", "managedFields", "selfLink", "generateName", "name", "namespace"])
        {
            if (metadata[key] is JsonNull or JsonObject { Count: 0 } or JsonArray { Count: 0 } or JsonString { Value.Length: 0 })
            {
                metadata.Remove(key);
            }
        }
    }
}

using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Yaml;

/// <summary>
/// YAML in and out of <see cref="JsonValue"/> trees, by the rules of the original's library: YAML 1.1 plain scalars
/// (<c>yes</c> is true, <c>010</c> is 8), keys become strings, timestamps stay strings, the last of equal keys wins.
/// </summary>
public static class YamlTree
{
    /// <summary>Reads the first document; an empty one is null.</summary>
    /// <param name="onDuplicate">Told of each key that occurs twice in its mapping; the last one wins.</param>
    /// <exception cref="YamlFormatException">Not YAML, an unknown alias, too deep, or aliases that expand without measure.</exception>
    public static JsonValue Parse(string yaml, Action<YamlDuplicate>? onDuplicate = null)
    {
        foreach (var document in new YamlReader(yaml, onDuplicate).Documents())
        {
            return document;
        }
        return JsonNull.Instance;
    }

    /// <inheritdoc cref="Parse(string, Action{YamlDuplicate}?)"/>
    public static JsonValue Parse(ReadOnlySpan<byte> utf8, Action<YamlDuplicate>? onDuplicate = null) => Parse(Encoding.UTF8.GetString(utf8), onDuplicate);

    /// <summary>Reads all documents; empty ones are left out.</summary>
    /// <exception cref="YamlFormatException">As <see cref="Parse(string, Action{YamlDuplicate}?)"/>; raised when reached.</exception>
    public static IEnumerable<JsonValue> ParseAll(string yaml) => new YamlReader(yaml, null).Documents().Where(d => d is not JsonNull);

    /// <summary>Keys sorted, two spaces a level, lists not indented below their key, as the original prints.</summary>
    public static string Write(JsonValue value) => YamlWriter.Write(value);
}

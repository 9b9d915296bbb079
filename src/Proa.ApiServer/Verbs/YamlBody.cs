using System.Text;
using Proa.Api.Json;
using Proa.Api.Yaml;

namespace Proa.ApiServer.Verbs;

/// <summary>YAML in and out, at the server's edge.</summary>
internal static class YamlBody
{
    /// <param name="onDuplicate">Told the dotted path of each key that occurs twice.</param>
    /// <exception cref="FormatException">Not YAML.</exception>
    public static JsonValue Parse(ReadOnlyMemory<byte> yaml, Action<string>? onDuplicate = null) =>
        YamlTree.Parse(yaml.Span, onDuplicate is null ? null : found => onDuplicate(found.Path));

    /// <summary>What the original's strict reader of YAML says of keys that occur twice; null: none does.</summary>
    /// <exception cref="FormatException">Not YAML.</exception>
    public static string? DuplicateKeys(ReadOnlyMemory<byte> yaml)
    {
        StringBuilder? told = null;
        YamlTree.Parse(yaml.Span, found => (told ??= new("error converting YAML to JSON: yaml: unmarshal errors:"))
            .Append($"\n  line {found.Line}: key {Quoted(found.Key)} already set in map"));
        return told?.ToString();
    }

    private static string Quoted(string key) => $"\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";


    public static ReadOnlyMemory<byte> FromJson(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetBytes(YamlTree.Write(JsonTree.Parse(json.Span)));
}

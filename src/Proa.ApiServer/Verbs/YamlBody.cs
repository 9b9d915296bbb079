using System.Text;
using Proa.Api.Json;
using Proa.Api.Yaml;

namespace Proa.ApiServer.Verbs;

/// <summary>YAML in and out, at the server's edge.</summary>
internal static class YamlBody
{
    /// <exception cref="FormatException">Not YAML.</exception>
    public static JsonValue Parse(ReadOnlyMemory<byte> yaml, Action<string>? onDuplicate = null) => YamlTree.Parse(yaml.Span, onDuplicate);

    public static ReadOnlyMemory<byte> FromJson(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetBytes(YamlTree.Write(JsonTree.Parse(json.Span)));
}

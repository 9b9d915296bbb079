using System.Text;
using Proa.Api.Json;

namespace Proa.Api.Schema.Expressions;

/// <summary>Finds what the paths of a definition's selectable fields name: <c>.spec.color</c>. Immutable.</summary>
/// <param name="schema">The schema of the whole object.</param>
public sealed class SelectablePaths(JsonObject schema)
{
    private const string NoField = "does not refer to a valid field";

    /// <param name="normal">As <c>spec.color</c>.</param>
    /// <param name="isScalar">Whether it is a string, boolean or integer, which are what can be selected by.</param>
    /// <returns>What is wrong with the path; null: nothing.</returns>
    public string? Find(string path, out string normal, out bool isScalar)
    {
        (normal, isScalar) = ("", false);
        var text = new StringBuilder();
        var at = schema;
        var tokens = Tokens(path);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i] == "[")
            {
                return "array notation is not allowed";
            }
            if (tokens[i] != ".")
            {
                return $"expected [ or . but got: {tokens[i]}";
            }
            if (++i == tokens.Count)
            {
                return "unexpected end of JSON path";
            }
            if (at.Object("properties") is { } properties)
            {
                if (properties[tokens[i]] is not JsonObject member)
                {
                    return NoField;
                }
                text.Append(text.Length == 0 ? "" : ".").Append(tokens[i]);
                at = member;
            }
            else if (at["additionalProperties"] is JsonObject values)
            {
                text.Append('[').Append(tokens[i]).Append(']');
                at = values;
            }
            else
            {
                return NoField;
            }
        }
        normal = text.ToString();
        isScalar = at.String("type") is "string" or "boolean" or "integer";
        return null;
    }

    private static List<string> Tokens(string path)
    {
        var tokens = new List<string>();
        for (var at = 0; at < path.Length;)
        {
            var end = path.AsSpan(at).IndexOfAny('.', '[', ']');
            var length = end < 0 ? path.Length - at : Math.Max(end, 1);
            tokens.Add(path.Substring(at, length));
            at += length;
        }
        return tokens;
    }
}

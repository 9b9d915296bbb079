using System.Text.Json.Nodes;

namespace Proa.EndToEnd.Tests.Behaviour;

/// <summary>Says where two JSON values differ, a line a place.</summary>
internal static class JsonDifference
{
    public static IEnumerable<string> Of(JsonNode? expected, JsonNode? actual, string path)
    {
        if (JsonNode.DeepEquals(expected, actual))
        {
            yield break;
        }
        if (expected is JsonObject a && actual is JsonObject b)
        {
            foreach (var key in a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key)))
            {
                if (a.ContainsKey(key) != b.ContainsKey(key))
                {
                    yield return a.ContainsKey(key) ? $"{path}.{key}: missing, the original has {Short(a[key])}" : $"{path}.{key}: {Short(b[key])}, the original has none";
                    continue;
                }
                foreach (var line in Of(a[key], b[key], $"{path}.{key}"))
                {
                    yield return line;
                }
            }
            yield break;
        }
        if (expected is JsonArray x && actual is JsonArray y && x.Count == y.Count)
        {
            for (var i = 0; i < x.Count; i++)
            {
                foreach (var line in Of(x[i], y[i], $"{path}[{i}]"))
                {
                    yield return line;
                }
            }
            yield break;
        }
        yield return $"{path}: {Short(actual)}, the original has {Short(expected)}";
    }

    private static string Short(JsonNode? node) => node?.ToJsonString() is { } text ? text.Length > 300 ? text[..300] + "…" : text : "null";
}

using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Oracle;

/// <summary>Names the places where two trees differ.</summary>
internal static class JsonDifference
{
    public static string First(JsonValue want, JsonValue got, string path)
    {
        var differences = new List<string>();
        Collect(want, got, path, differences);
        return string.Join("\n    ", differences.Take(8));
    }

    private static void Collect(JsonValue? want, JsonValue? got, string path, List<string> differences)
    {
        switch (want, got)
        {
            case (JsonObject a, JsonObject b):
                foreach (var key in a.Keys.Union(b.Keys))
                {
                    Collect(a[key], b[key], $"{path}.{key}", differences);
                }
                break;
            case (JsonArray a, JsonArray b) when a.Count == b.Count:
                for (var i = 0; i < a.Count; i++)
                {
                    Collect(a[i], b[i], $"{path}[{i}]", differences);
                }
                break;
            case (null, null):
                break;
            default:
                if (want is null || got is null || !want.DeepEquals(got))
                {
                    differences.Add($"{path}: recorded {Show(want)}, here {Show(got)}");
                }
                break;
        }
    }

    private static string Show(JsonValue? value) => value?.ToString() is not { } text ? "nothing" : text.Length > 300 ? text[..300] + "…" : text;
}

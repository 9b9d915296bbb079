using Proa.Api.Json;

namespace Proa.Api.Tests;

/// <summary>Recorded conversations with a Kubernetes 1.36 API server, one file a case.</summary>
internal sealed record GoldenStep(string Case, string Method, string Path, JsonObject? Body, int Status, JsonValue? Answer)
{
    public JsonObject Object => Answer is JsonObject o && o["answer"] is JsonObject inner ? inner : (JsonObject)Answer!;

    public static IEnumerable<GoldenStep> Read(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", folder), "*.json").Order(StringComparer.Ordinal))
        {
            var recorded = JsonTree.ParseObject(File.ReadAllBytes(file));
            foreach (var step in recorded.Array("steps")!.Cast<JsonObject>())
            {
                yield return new GoldenStep(
                    System.IO.Path.GetFileNameWithoutExtension(file),
                    step.String("method")!,
                    step.String("path")!,
                    ReadBody(step["body"]),
                    (int)step.Int("status")!,
                    step["answer"]);
            }
        }
    }

    public static TheoryData<string> Cases(string folder) =>
        [.. Directory.EnumerateFiles(System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", folder), "*.json").Select(f => System.IO.Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    private static JsonObject? ReadBody(JsonValue? body) => body switch
    {
        JsonObject o => o,
        JsonString s when s.Value.StartsWith('{') => JsonTree.Parse(s.Value) as JsonObject,
        _ => null,
    };
}

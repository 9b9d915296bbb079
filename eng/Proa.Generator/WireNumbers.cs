using System.Text.Json.Nodes;

namespace Proa.Generator;

/// <summary>
/// Finds a field's protobuf number. Some types have in JSON the fields of an embedded type (a Volume those of its source);
/// on the wire these lie in a message of their own, and the number is a path of two or more.
/// </summary>
internal static class WireNumbers
{
    /// <param name="type">Such as <c>io.k8s.api.core.v1.Volume</c>.</param>
    public static JsonNode? Of(string type, string field, JsonObject numbers, JsonObject properties)
    {
        // io.k8s.api.apps.v1.Deployment is k8s.io.api.apps.v1 / Deployment on the wire
        var dot = type.LastIndexOf('.');
        var package = "k8s.io" + type[..dot]["io.k8s".Length..].Replace('-', '_');
        var path = Find(package, type[(dot + 1)..], field, numbers, properties);
        return path switch
        {
            null => null,
            [var number] => number,
            _ => new JsonArray([.. path.Select(number => (JsonNode)number)]),
        };
    }

    private static List<int>? Find(string package, string message, string field, JsonObject numbers, JsonObject properties)
    {
        if (numbers[package]?[message] is not JsonObject fields)
        {
            return null;
        }
        if (fields[field] is JsonArray found)
        {
            return [(int)found[0]!];
        }
        foreach (var (name, entry) in fields)
        {
            // A message that JSON has no field for is an embedded one.
            if (!properties.ContainsKey(name) && entry is JsonArray pair && pair[1]!.ToString().Split(' ') is ["optional", var type]
                && Find(package, type, field, numbers, properties) is { } below)
            {
                return [(int)pair[0]!, .. below];
            }
        }
        return null;
    }
}

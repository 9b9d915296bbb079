using Proa.Api.Json;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>Walks the schemas inside a schema.</summary>
internal static class SchemaNodes
{
    /// <summary>Whether a schema or one inside it, at any depth, is such.</summary>
    public static bool Any(JsonObject? schema, Func<JsonObject, bool> isSuch) =>
        schema is not null && (isSuch(schema) || Inner(schema).Any(inner => Any(inner, isSuch)));

    private static IEnumerable<JsonObject> Inner(JsonObject schema)
    {
        foreach (var name in (string[])["items", "not", "additionalProperties", "additionalItems"])
        {
            if (schema[name] is JsonObject one)
            {
                yield return one;
            }
        }
        foreach (var name in (string[])["allOf", "anyOf", "oneOf"])
        {
            foreach (var one in (schema.Array(name) ?? []).OfType<JsonObject>())
            {
                yield return one;
            }
        }
        foreach (var name in (string[])["properties", "patternProperties", "definitions", "dependencies"])
        {
            foreach (var (_, one) in schema.Object(name) ?? [])
            {
                if (one is JsonObject inner)
                {
                    yield return inner;
                }
            }
        }
    }
}

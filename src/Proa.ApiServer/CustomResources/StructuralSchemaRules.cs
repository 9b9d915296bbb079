using Proa.Api.Json;
using Proa.Api.Kinds;

namespace Proa.ApiServer.CustomResources;

/// <summary>What a custom resource's schema must be like to be usable. Pure.</summary>
internal static class StructuralSchemaRules
{
    public static void Check(JsonObject schema, string path, FieldErrors errors)
    {
        if (schema.String("x-kubernetes-list-type") == "map" && schema.Array("x-kubernetes-list-map-keys") is not { Count: > 0 })
        {
            errors.Required(path + ".x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }
        if (schema.String("type") is { Length: > 0 } type and not ("object" or "array" or "string" or "integer" or "number" or "boolean" or "null"))
        {
            errors.NotSupported(path + ".type", type, "array", "boolean", "integer", "number", "object", "string");
        }
        foreach (var (name, member) in schema.Object("properties") ?? [])
        {
            if (member is JsonObject property)
            {
                Check(property, $"{path}.properties[{name}]", errors);
            }
        }
        if (schema["items"] is JsonObject items)
        {
            Check(items, path + ".items", errors);
        }
        if (schema["additionalProperties"] is JsonObject values)
        {
            Check(values, path + ".additionalProperties", errors);
        }
    }
}

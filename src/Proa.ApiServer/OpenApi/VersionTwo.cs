using Proa.Api.Json;

namespace Proa.ApiServer.OpenApi;

/// <summary>
/// What of a custom resource's schema OpenAPI's second version can say in a way that clients understand: nothing about
/// alternatives and null, and where anything goes, nothing about type and members, which clients would take for all there may be.
/// The rules are those of the original's conversion; defaults are left out there too. Pure.
/// </summary>
internal static class VersionTwo
{
    private const string PreservesUnknown = "x-kubernetes-preserve-unknown-fields";

    private static readonly string[] s_kept =
    [
        "title", "description", "externalDocs", "example", "format", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
        "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "enum", "maxProperties", "minProperties", PreservesUnknown,
        "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type",
        "x-kubernetes-validations",
    ];

    /// <param name="schema">Null: the definition has none.</param>
    /// <param name="isOpen">Nothing may be said of the members, not even of those that each object has.</param>
    public static JsonObject Root(JsonObject? schema, out bool isOpen)
    {
        isOpen = schema is null || PreservesUnknownFields(schema);
        return isOpen ? new JsonObject { ["type"] = "object" } : Of(schema!);
    }

    public static bool PreservesUnknownFields(JsonObject schema) => schema.Bool(PreservesUnknown) == true;

    public static IEnumerable<string> Required(JsonObject schema) => (schema.Array("required") ?? []).OfType<JsonString>().Select(static name => name.Value);

    private static JsonObject Of(JsonObject schema)
    {
        var made = new JsonObject();
        foreach (var name in s_kept)
        {
            if (schema[name] is { } value and not JsonNull)
            {
                made[name] = value.Clone();
            }
        }
        var nullable = IsNullable(schema);
        var open = PreservesUnknownFields(schema);
        var items = nullable || open ? null : schema.Object("items");
        var properties = nullable || open ? null : schema.Object("properties");
        var type = schema.String("type");
        if (type is { Length: > 0 } && !nullable && !(type == "array" && items is null) && !(type == "object" && open))
        {
            made["type"] = type;
        }
        if (items is not null)
        {
            made["items"] = Of(items);
        }
        var additional = schema["additionalProperties"];
        if (additional is JsonObject each)
        {
            made["additionalProperties"] = Of(each);
        }
        else if (additional is not null and not JsonNull)
        {
            made["additionalProperties"] = additional.Clone();
        }
        if (properties is not null)
        {
            var members = new JsonObject();
            foreach (var (name, member) in properties)
            {
                members[name] = Of((JsonObject)member);
            }
            made["properties"] = members;
        }
        var required = additional is JsonObject values && IsNullable(values) ? []
            : Required(schema).Where(name => properties?.Object(name) is not { } member || !IsNullable(member)).ToList();
        if (required.Count > 0)
        {
            made["required"] = new JsonArray([.. required.Select(name => new JsonString(name))]);
        }
        return made;
    }

    private static bool IsNullable(JsonObject schema) => schema.Bool("nullable") == true;
}

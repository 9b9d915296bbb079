using Proa.Api.Json;
using Proa.Api.Kinds;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>What of OpenAPI v3 a definition's schema may use, and how the extensions go together. For one schema.</summary>
internal sealed class OpenApiRules
{
    private static readonly string[] s_types = ["array", "boolean", "integer", "number", "object", "string"];
    private static readonly string[] s_unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

    private readonly FieldErrors _errors;

    private OpenApiRules(FieldErrors errors) => _errors = errors;

    public static void Check(JsonObject schema, string path, FieldErrors errors) => new OpenApiRules(errors).Schema(schema, path, new Place(IsRoot: true));

    /// <summary>Whether the schema says something that cannot be understood, so that its values cannot be checked.</summary>
    public static bool HasUnsupported(JsonObject schema) => SchemaNodes.Any(schema, static node => s_unsupported.Any(name => IsSet(node[name])) || node["items"] is JsonArray);

    private static bool IsSet(JsonValue? value) => value is not (null or JsonNull or JsonString { Value.Length: 0 } or JsonObject { Count: 0 });

    private void Schema(JsonObject? schema, string path, Place place)
    {
        if (schema is null)
        {
            return;
        }
        Members(schema, path, place);
        if (schema.Bool("uniqueItems") == true)
        {
            _errors.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        }
        var inner = place with { IsRoot = false };
        var values = schema["additionalProperties"];
        if (values is not null && schema.Object("properties") is { Count: > 0 } && values is not JsonBool { Value: true })
        {
            _errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        }
        Schema(values as JsonObject, $"{path}.additionalProperties",
            place.InMeta ? inner with { NoDefaults = "inside additionalProperties applying to object metadata" } : inner);
        foreach (var (name, member) in schema.Object("properties") ?? [])
        {
            var at = inner;
            if (name is "metadata" or "kind" or "apiVersion" && (place.IsRoot || schema.Bool("x-kubernetes-embedded-resource") == true))
            {
                at = at with { InMeta = true, NoDefaults = place.IsRoot ? $"in top-level {name}" : at.NoDefaults };
            }
            Schema(member as JsonObject, $"{path}.properties[{name}]", at);
        }
        Schema(schema["not"] as JsonObject, $"{path}.not", inner);
        foreach (var junctor in (ReadOnlySpan<string>)["allOf", "oneOf", "anyOf"])
        {
            var i = 0;
            foreach (var item in schema.Array(junctor) ?? [])
            {
                Schema(item as JsonObject, $"{path}.{junctor}[{i++}]", inner);
            }
        }
        Schema(schema["items"] as JsonObject, $"{path}.items", inner);
        if (schema.Bool("x-kubernetes-preserve-unknown-fields") == false)
        {
            _errors.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", false, "must be true or undefined");
        }
        MapType(schema, path);
        ListType(schema, path);
        ListMap(schema, path);
        ItemsOfSetsAndMaps(schema, path);
    }

    private void Members(JsonObject schema, string path, Place place)
    {
        var type = schema.String("type") ?? "";
        if (type.Length > 0 && !s_types.Contains(type))
        {
            _errors.NotSupported($"{path}.type", type, s_types);
        }
        if (place.NoDefaults is { } reason && schema.ContainsKey("default"))
        {
            _errors.Forbidden($"{path}.default", $"must not be set {reason}");
        }
        foreach (var name in s_unsupported)
        {
            if (IsSet(schema[name]))
            {
                _errors.Forbidden($"{path}.{name}", $"{name} is not supported");
            }
        }
        if (type == "null")
        {
            _errors.Forbidden($"{path}.type", "type cannot be set to null, use nullable as an alternative");
        }
        if (schema["items"] is JsonArray)
        {
            _errors.Forbidden($"{path}.items", "items must be a schema object and not an array");
        }
        if (place.InMeta && schema.Bool("x-kubernetes-embedded-resource") == true)
        {
            _errors.Forbidden($"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta");
        }
    }

    private void MapType(JsonObject schema, string path)
    {
        if (schema.String("x-kubernetes-map-type") is not { } mapType)
        {
            return;
        }
        OfType(schema, "object", "must be object if x-kubernetes-map-type is specified", path);
        if (mapType is not ("atomic" or "granular"))
        {
            _errors.NotSupported($"{path}.x-kubernetes-map-type", mapType, "atomic", "granular");
        }
    }

    private bool OfType(JsonObject schema, string type, string rule, string path)
    {
        var actual = schema.String("type") ?? "";
        if (actual == type)
        {
            return true;
        }
        if (actual.Length == 0)
        {
            _errors.Required($"{path}.type", rule);
        }
        else
        {
            _errors.Invalid($"{path}.type", actual, rule);
        }
        return false;
    }

    private void ListType(JsonObject schema, string path)
    {
        const string Rule = "must be atomic as item of a list with x-kubernetes-list-type=set";
        var listType = schema.String("x-kubernetes-list-type");
        if (listType is not null)
        {
            var isList = OfType(schema, "array", "must be array if x-kubernetes-list-type is specified", path);
            if (isList && listType == "set" && schema["items"] is JsonObject items)
            {
                var itemsType = items["x-kubernetes-list-type"];
                if (items.String("type") == "array" && itemsType is JsonString { Value: not "atomic" })
                {
                    _errors.Invalid($"{path}.items.x-kubernetes-list-type", itemsType, Rule);
                }
                else if (items.String("type") == "object" && items.String("x-kubernetes-map-type") != "atomic")
                {
                    // The original shows the list type here.
                    _errors.Invalid($"{path}.items.x-kubernetes-map-type", itemsType, Rule);
                }
            }
            if (listType is not ("atomic" or "set" or "map"))
            {
                _errors.NotSupported($"{path}.x-kubernetes-list-type", listType, "atomic", "set", "map");
            }
        }
        if (schema.Array("x-kubernetes-list-map-keys") is { Count: > 0 } && listType != "map")
        {
            const string Needs = "must be map if x-kubernetes-list-map-keys is non-empty";
            if (listType is null)
            {
                _errors.Required($"{path}.x-kubernetes-list-type", Needs);
            }
            else
            {
                _errors.Invalid($"{path}.x-kubernetes-list-type", listType, Needs);
            }
        }
    }

    private void ListMap(JsonObject schema, string path)
    {
        if (schema.String("x-kubernetes-list-type") != "map")
        {
            return;
        }
        var keys = schema.Array("x-kubernetes-list-map-keys") ?? [];
        if (keys.Count == 0)
        {
            _errors.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }
        if (schema["items"] is not JsonObject items)
        {
            if (schema["items"] is null)
            {
                _errors.Required($"{path}.items", "must have a schema if x-kubernetes-list-type is map");
            }
            return;
        }
        var type = items.String("type") ?? "";
        if (type != "object")
        {
            _errors.Invalid($"{path}.items.type", type, "must be object if parent array's x-kubernetes-list-type is map");
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys.OfType<JsonString>())
        {
            if (items.Object("properties")?[key.Value] is not JsonObject property)
            {
                _errors.Invalid($"{path}.x-kubernetes-list-map-keys", keys, "entries must all be names of item properties");
            }
            else if (property.String("type") is "array" or "object")
            {
                // The original shows the type of the items here.
                _errors.Invalid($"{path}.items.properties[{key.Value}].type", type, "must be a scalar type if parent array's x-kubernetes-list-type is map");
            }
            if (!seen.Add(key.Value))
            {
                _errors.Invalid($"{path}.x-kubernetes-list-map-keys", keys, "must not contain duplicate entries");
            }
        }
    }

    private void ItemsOfSetsAndMaps(JsonObject schema, string path)
    {
        var listType = schema.String("x-kubernetes-list-type");
        if (schema["items"] is not JsonObject items || listType is not ("set" or "map"))
        {
            return;
        }
        if (items.Bool("nullable") == true)
        {
            _errors.Forbidden($"{path}.items.nullable", $"cannot be nullable when x-kubernetes-list-type is {listType}");
        }
        if (listType != "map")
        {
            return;
        }
        var required = (items.Array("required") ?? []).OfType<JsonString>().Select(static name => name.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var key in (schema.Array("x-kubernetes-list-map-keys") ?? []).OfType<JsonString>().Select(static key => key.Value))
        {
            if (items.Object("properties")?[key] is not JsonObject property)
            {
                continue;
            }
            if (!required.Contains(key) && !property.ContainsKey("default"))
            {
                _errors.Required($"{path}.items.properties[{key}].default",
                    "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
            }
            if (property.Bool("nullable") == true)
            {
                _errors.Forbidden($"{path}.items.properties[{key}].nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
            }
        }
    }

    /// <summary>Where a schema stands.</summary>
    /// <param name="InMeta">Inside of what the server itself defines.</param>
    /// <param name="NoDefaults">Why there may be no default; null: there may.</param>
    private readonly record struct Place(bool IsRoot = false, bool InMeta = false, string? NoDefaults = null);
}

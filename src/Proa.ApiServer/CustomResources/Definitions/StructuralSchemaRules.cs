using Proa.Api.Cel.Libraries;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>
/// That a schema is structural: every place has a type of its own, and what stands under <c>allOf</c>, <c>anyOf</c>, <c>oneOf</c> and
/// <c>not</c> only judges values of places that are there anyway. For one schema.
/// </summary>
internal sealed class StructuralSchemaRules
{
    private const string Undefined = "must be undefined to be structural";

    private static readonly string[] s_junctors = ["allOf", "anyOf", "oneOf"];

    private readonly FieldErrors _errors = new();

    private enum Level
    {
        Root,
        Item,
        Field,
    }

    /// <returns>Sorted by their text, as the original gives them.</returns>
    public static IReadOnlyList<FieldError> Check(JsonObject schema, string path)
    {
        var rules = new StructuralSchemaRules();
        rules.Schema(schema, Level.Root, path);
        rules.Complete(schema, schema, path, path);
        return [.. rules._errors.All.OrderBy(static error => $"{error.Field}: {error.Body}", StringComparer.Ordinal)];
    }

    private static string TypeOf(JsonObject schema) => schema.String("type") ?? "";

    private static bool Has(JsonObject schema, string extension) => schema.Bool($"x-kubernetes-{extension}") == true;

    private void Schema(JsonObject schema, Level level, string path)
    {
        var type = TypeOf(schema);
        if (type == "array" && schema["items"] is not JsonObject)
        {
            _errors.Required($"{path}.items", "must be specified");
        }
        if (schema["items"] is JsonObject items)
        {
            Schema(items, Level.Item, $"{path}.items");
        }
        foreach (var (name, member) in schema.Object("properties") ?? [])
        {
            if (member is JsonObject property)
            {
                Schema(property, Level.Field, $"{path}.properties[{name}]");
            }
        }
        var values = schema["additionalProperties"];
        if (values is not null)
        {
            if (level == Level.Root)
            {
                _errors.Forbidden($"{path}.additionalProperties", "must not be used at the root");
            }
            if (values is JsonObject inner)
            {
                Schema(inner, Level.Field, $"{path}.additionalProperties");
            }
        }
        Extensions(schema, path);
        Values(schema, IsIntOrString(schema), schema.Array("allOf") is [JsonObject first, ..] && IsIntOrString(first), path);
        Type(schema, type, level, path);
        if (Has(schema, "embedded-resource") && values is not null)
        {
            _errors.Forbidden($"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set");
        }
        if (level == Level.Root && type.Length > 0 && type != "object")
        {
            _errors.Invalid($"{path}.type", type, "must be object at the root");
        }
        Meta(schema, level, path);
        if (Has(schema, "embedded-resource") && !Has(schema, "preserve-unknown-fields") && schema.Object("properties") is not { Count: > 0 })
        {
            _errors.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields");
        }
    }

    private void Extensions(JsonObject schema, string path)
    {
        if (!Has(schema, "int-or-string"))
        {
            return;
        }
        foreach (var name in (ReadOnlySpan<string>)["preserve-unknown-fields", "embedded-resource"])
        {
            if (Has(schema, name))
            {
                _errors.Invalid($"{path}.x-kubernetes-{name}", true, "must be false if x-kubernetes-int-or-string is true");
            }
        }
    }

    private void Type(JsonObject schema, string type, Level level, string path)
    {
        if (Has(schema, "embedded-resource") && type != "object")
        {
            const string Rule = "must be object if x-kubernetes-embedded-resource is true";
            if (type.Length == 0)
            {
                _errors.Required($"{path}.type", Rule);
            }
            else
            {
                _errors.Invalid($"{path}.type", type, Rule);
            }
        }
        else if (type.Length == 0 && !Has(schema, "int-or-string") && !Has(schema, "preserve-unknown-fields"))
        {
            _errors.Required($"{path}.type", level switch
            {
                Level.Root => "must not be empty at the root",
                Level.Item => "must not be empty for specified array items",
                _ => "must not be empty for specified object fields",
            });
        }
    }

    /// <summary>The server's own members: an object may only narrow its names.</summary>
    private void Meta(JsonObject schema, Level level, string path)
    {
        var properties = schema.Object("properties") ?? [];
        var isResource = level == Level.Root || Has(schema, "embedded-resource");
        if (isResource)
        {
            foreach (var name in (ReadOnlySpan<string>)["kind", "apiVersion"])
            {
                if (properties[name] is JsonObject member && TypeOf(member) != "string")
                {
                    _errors.Invalid($"{path}.properties[{name}].type", TypeOf(member), "must be string");
                }
            }
        }
        if (properties["metadata"] is not JsonObject metadata)
        {
            return;
        }
        if (isResource && TypeOf(metadata) != "object")
        {
            _errors.Invalid($"{path}.properties[metadata].type", TypeOf(metadata), "must be object");
        }
        if (level == Level.Root && !OnlyNarrowsNames(metadata))
        {
            _errors.Forbidden($"{path}.properties[metadata]", "must not specify anything other than name and generateName, but metadata is implicitly specified");
        }
    }

    private static bool OnlyNarrowsNames(JsonObject metadata)
    {
        foreach (var (name, value) in metadata)
        {
            var isEmpty = value is JsonNull or JsonBool { Value: false } or JsonString { Value.Length: 0 } or JsonArray { Count: 0 };
            var isName = name is "type" or "default" || (name == "properties" && value is JsonObject members && members.Keys.All(static key => key is "name" or "generateName"));
            if (!isEmpty && !isName)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The one shape of <c>anyOf</c> in which types may stand: that of values that are an integer or a string.</summary>
    private static bool IsIntOrString(JsonObject schema) => schema.Array("anyOf") is [JsonObject { Count: 1 } first, JsonObject { Count: 1 } second]
        && TypeOf(first) == "integer" && TypeOf(second) == "string";

    private void Values(JsonObject schema, bool skipAnyOf, bool skipFirstAllOf, string path)
    {
        foreach (var junctor in s_junctors)
        {
            if (junctor == "anyOf" && skipAnyOf)
            {
                continue;
            }
            var i = 0;
            foreach (var item in schema.Array(junctor) ?? [])
            {
                Nested(item as JsonObject, skipAnyOf: junctor == "allOf" && skipFirstAllOf && i == 0, $"{path}.{junctor}[{i}]");
                i++;
            }
        }
        Nested(schema["not"] as JsonObject, skipAnyOf: false, $"{path}.not");
        if (schema.String("pattern") is { Length: > 0 } pattern && RegularExpressions.Compile(pattern, out var problem) is null)
        {
            _errors.Invalid($"{path}.pattern", pattern, $"must be a valid regular expression, but isn't: {problem}");
        }
    }

    private void Nested(JsonObject? schema, bool skipAnyOf, string path)
    {
        if (schema is null)
        {
            return;
        }
        Values(schema, skipAnyOf, skipFirstAllOf: false, path);
        Nested(schema["items"] as JsonObject, skipAnyOf: false, $"{path}.items");
        var properties = schema.Object("properties") ?? [];
        foreach (var (name, member) in properties)
        {
            Nested(member as JsonObject, skipAnyOf: false, $"{path}.properties[{name}]");
        }
        Empty(schema, "type", "must be empty to be structural", path);
        Empty(schema, "additionalProperties", Undefined, path);
        Empty(schema, "default", Undefined, path);
        Empty(schema, "title", "must be empty to be structural", path);
        Empty(schema, "description", "must be empty to be structural", path);
        Empty(schema, "nullable", "must be false to be structural", path);
        Empty(schema, "x-kubernetes-preserve-unknown-fields", "must be false to be structural", path);
        Empty(schema, "x-kubernetes-embedded-resource", "must be false to be structural", path);
        Empty(schema, "x-kubernetes-int-or-string", "must be false to be structural", path);
        Empty(schema, "x-kubernetes-list-map-keys", "must be empty to be structural", path);
        Empty(schema, "x-kubernetes-list-type", Undefined, path);
        Empty(schema, "x-kubernetes-map-type", Undefined, path);
        Empty(schema, "x-kubernetes-validations", "must be empty to be structural", path);
        if (properties.ContainsKey("metadata"))
        {
            _errors.Forbidden($"{path}.properties[metadata]", "must not be specified in a nested context");
        }
    }

    private void Empty(JsonObject schema, string member, string rule, string path)
    {
        // A false is as good as none, but not of additionalProperties.
        if (schema[member] is not (null or JsonNull or JsonArray { Count: 0 }) && (rule == Undefined || schema[member] is not JsonString { Value.Length: 0 })
            && (member == "additionalProperties" || schema.Bool(member) != false))
        {
            _errors.Forbidden($"{path}.{member}", rule);
        }
    }

    /// <summary>That whatever is judged is also declared.</summary>
    /// <param name="judged">A schema, or one that stands under a junctor.</param>
    /// <param name="declared">The schema of the same place outside of junctors.</param>
    private void Complete(JsonObject judged, JsonObject? declared, string at, string judgedAt)
    {
        CompletePart(judged["not"] as JsonObject, declared, at, $"{judgedAt}.not");
        foreach (var junctor in s_junctors)
        {
            var i = 0;
            foreach (var item in judged.Array(junctor) ?? [])
            {
                CompletePart(item as JsonObject, declared, at, $"{judgedAt}.{junctor}[{i++}]");
            }
        }
    }

    private void CompletePart(JsonObject? judged, JsonObject? declared, string at, string judgedAt)
    {
        if (judged is null)
        {
            return;
        }
        if (declared is null)
        {
            _errors.Required(at, $"because it is defined in {judgedAt}");
            return;
        }
        Complete(judged, declared, at, judgedAt);
        CompletePart(judged["items"] as JsonObject, declared["items"] as JsonObject, $"{at}.items", $"{judgedAt}.items");
        foreach (var (name, member) in judged.Object("properties") ?? [])
        {
            CompletePart(member as JsonObject, declared.Object("properties")?[name] as JsonObject, $"{at}.properties[{name}]", $"{judgedAt}.properties[{name}]");
        }
    }
}

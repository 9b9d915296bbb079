using Proa.Api.Json;

namespace Proa.Api.Schema;

/// <summary>Makes nodes from a structural OpenAPI v3 schema.</summary>
internal static class StructuralReader
{
    /// <summary>The schema of whole objects: metadata is the built-in type whatever the schema says of it.</summary>
    public static SchemaNode ReadRoot(JsonObject schema, bool preserveUnknown)
    {
        var read = Read(schema, required: false);
        return Resource(read, preserveUnknown);
    }

    public static SchemaNode Read(JsonObject schema, bool required)
    {
        var rules = ReadRules(schema);
        var kind = KindOf(schema, rules);
        var element = kind switch
        {
            SchemaKind.List => schema.Object("items") is { } items ? Read(items, required: false) : Anything(),
            SchemaKind.Map => schema.Object("additionalProperties") is { } values ? Read(values, required: false) : Anything(),
            _ => null,
        };
        var node = new SchemaNode
        {
            Kind = kind,
            Element = element,
            Fields = kind == SchemaKind.Object ? ReadFields(schema, rules) : SchemaFields.None,
            ListType = schema.String("x-kubernetes-list-type") switch { "map" => ListType.Map, "set" => ListType.Set, _ => ListType.Atomic },
            ListKeys = Texts(schema.Array("x-kubernetes-list-map-keys")),
            IsAtomic = schema.String("x-kubernetes-map-type") == "atomic",
            Default = schema["default"],
            Required = required,
            Presence = Presence.WhenSet,
            Rules = rules,
        };
        return rules.EmbeddedResource ? Resource(node, preserveUnknown: false) : node;
    }

    private static SchemaNode Anything() => new() { Kind = SchemaKind.Any, Presence = Presence.WhenSet, Rules = new() { PreserveUnknown = true } };

    private static SchemaNode Resource(SchemaNode read, bool preserveUnknown)
    {
        var fields = read.Fields.ToDictionary(f => f.Key, f => f.Value, StringComparer.Ordinal);
        var text = new SchemaNode { Kind = SchemaKind.String, Presence = Presence.WhenSet };
        fields["apiVersion"] = text;
        fields["kind"] = text;
        fields["metadata"] = SchemaRegistry.BuiltIn.TypeNode("meta.v1.ObjectMeta")!;
        var rules = read.Rules!;
        return new SchemaNode
        {
            Kind = SchemaKind.Object,
            Fields = new SchemaFields(fields),
            IsAtomic = read.IsAtomic,
            Default = read.Default,
            Required = read.Required,
            Presence = Presence.WhenSet,
            Rules = preserveUnknown && !rules.PreserveUnknown
                ? new() { Type = "object", PreserveUnknown = true, Required = rules.Required, Validations = rules.Validations }
                : rules,
        };
    }

    private static SchemaFields ReadFields(JsonObject schema, StructuralRules rules)
    {
        var fields = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        foreach (var (name, value) in schema.Object("properties") ?? new JsonObject())
        {
            if (value is JsonObject property)
            {
                fields[name] = Read(property, rules.Required.Contains(name));
            }
        }
        return new SchemaFields(fields);
    }

    private static SchemaKind KindOf(JsonObject schema, StructuralRules rules)
    {
        if (schema.Bool("x-kubernetes-int-or-string") == true)
        {
            return SchemaKind.IntOrString;
        }
        switch (rules.Type)
        {
            case "object":
                if (schema.Object("properties") is { Count: > 0 } || rules.EmbeddedResource)
                {
                    return SchemaKind.Object;
                }
                if (schema["additionalProperties"] is JsonObject or JsonBool { Value: true })
                {
                    return SchemaKind.Map;
                }
                return SchemaKind.Object;
            case "array":
                return SchemaKind.List;
            case "integer":
                return SchemaKind.Int64;
            case "number":
                return SchemaKind.Double;
            case "boolean":
                return SchemaKind.Bool;
            case "string":
                return SchemaKind.String;
            // Within allOf and its like the type is not said again.
            case "" when schema.Object("properties") is { Count: > 0 }:
                return SchemaKind.Object;
            case "" when schema["items"] is JsonObject:
                return SchemaKind.List;
            case "" when schema["additionalProperties"] is JsonObject:
                return SchemaKind.Map;
            default:
                return SchemaKind.Any;
        }
    }

    private static StructuralRules ReadRules(JsonObject schema) => new()
    {
        Type = schema.String("type") ?? "",
        Format = schema.String("format") ?? "",
        PreserveUnknown = schema.Bool("x-kubernetes-preserve-unknown-fields") ?? false,
        EmbeddedResource = schema.Bool("x-kubernetes-embedded-resource") ?? false,
        Nullable = schema.Bool("nullable") ?? false,
        Minimum = Number(schema, "minimum"),
        Maximum = Number(schema, "maximum"),
        ExclusiveMinimum = schema.Bool("exclusiveMinimum") ?? false,
        ExclusiveMaximum = schema.Bool("exclusiveMaximum") ?? false,
        MultipleOf = Number(schema, "multipleOf"),
        MinLength = schema.Int("minLength"),
        MaxLength = schema.Int("maxLength"),
        MinItems = schema.Int("minItems"),
        MaxItems = schema.Int("maxItems"),
        MinProperties = schema.Int("minProperties"),
        MaxProperties = schema.Int("maxProperties"),
        Pattern = schema.String("pattern") is { Length: > 0 } pattern ? pattern : null,
        Enum = schema.Array("enum") is { Count: > 0 } values ? values : null,
        Required = Texts(schema.Array("required")),
        AllOf = Schemas(schema.Array("allOf")),
        AnyOf = Schemas(schema.Array("anyOf")),
        OneOf = Schemas(schema.Array("oneOf")),
        Not = schema.Object("not") is { } not ? Read(not, required: false) : null,
        Validations = schema.Array("x-kubernetes-validations"),
    };

    private static double? Number(JsonObject schema, string key) => (schema[key] as JsonNumber)?.ToDouble();

    private static SchemaNode[] Schemas(JsonArray? array) => array is null ? [] : [.. array.OfType<JsonObject>().Select(s => Read(s, required: false))];

    private static string[] Texts(JsonArray? array) => array is null ? [] : [.. array.OfType<JsonString>().Select(s => s.Value)];
}

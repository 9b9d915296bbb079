using Proa.Api.Json;

namespace Proa.Api.Schema;

/// <summary>Makes nodes from the schema file's entries; README.md says what the keys mean.</summary>
internal static class SchemaReader
{
    public static SchemaFields ReadFields(SchemaRegistry registry, JsonObject type)
    {
        var fields = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        if (type.Object("f") is { } entries)
        {
            var required = type.Array("req");
            foreach (var (name, entry) in entries)
            {
                fields[name] = ReadField(registry, (JsonObject)entry, Contains(required, name));
            }
        }
        return new SchemaFields(fields);
    }

    public static SchemaNode ReadReference(SchemaRegistry registry, string name, JsonObject type) => Read(registry, name, type, null, required: false);

    private static SchemaNode ReadField(SchemaRegistry registry, JsonObject field, bool required)
    {
        if (field.String("r") is { } reference)
        {
            return Read(registry, reference, registry.ReadType(reference), field, required);
        }
        return Read(registry, null, null, field, required);
    }

    private static SchemaNode Read(SchemaRegistry registry, string? typeName, JsonObject? type, JsonObject? field, bool required)
    {
        var element = field?.Object("l") ?? field?.Object("m");
        var strategy = field?.String("ps") ?? "";
        var kind = KindOf(typeName, type, field);
        return new SchemaNode(registry)
        {
            TypeName = typeName,
            Kind = kind,
            Element = element is null ? null : ReadField(registry, element, required: false),
            ListType = field?.String("lt") switch { "map" => ListType.Map, "set" => ListType.Set, _ => ListType.Atomic },
            ListKeys = Texts(field?.Array("lk")),
            // What a built-in type knows nothing of has one owner.
            IsAtomic = kind == SchemaKind.Any || (field?.String("mt") ?? type?.String("mt")) == "atomic",
            PatchMerge = strategy.Contains("merge", StringComparison.Ordinal),
            PatchRetainKeys = strategy.Contains("retainKeys", StringComparison.Ordinal),
            PatchReplace = strategy.Contains("replace", StringComparison.Ordinal),
            MergeKey = field?.String("pk"),
            Default = field?["d"],
            Enum = Texts(field?.Array("e")),
            Required = required,
            WireNumber = Numbers(field?["pb"]),
            Presence = field?.String("o") switch
            {
                "a" => Presence.Always,
                "p" => Presence.WhenSet,
                "n" => Presence.NullWhenUnset,
                "z" => Presence.OmitEmpty,
                _ => Presence.OmitZero,
            },
        };
    }

    private static SchemaKind KindOf(string? typeName, JsonObject? type, JsonObject? field)
    {
        switch (typeName)
        {
            case "Quantity":
                return SchemaKind.Quantity;
            case "IntOrString":
                return SchemaKind.IntOrString;
            case "meta.v1.MicroTime":
                return SchemaKind.MicroTime;
        }
        if (type is not null && type.ContainsKey("f"))
        {
            return SchemaKind.Object;
        }
        if (field is not null)
        {
            if (field.ContainsKey("l"))
            {
                return SchemaKind.List;
            }
            if (field.ContainsKey("m"))
            {
                return SchemaKind.Map;
            }
        }
        return (type ?? field)!.String("t") switch
        {
            "string" => SchemaKind.String,
            "int32" => SchemaKind.Int32,
            "int64" => SchemaKind.Int64,
            "double" => SchemaKind.Double,
            "bool" => SchemaKind.Bool,
            "bytes" => SchemaKind.Bytes,
            "time" => SchemaKind.Time,
            _ => SchemaKind.Any,
        };
    }

    private static int[] Numbers(JsonValue? number) => number switch
    {
        JsonNumber one when one.TryGetInt64(out var value) => [(int)value],
        JsonArray path => [.. path.Select(part => (int)((JsonNumber)part).ToDouble())],
        _ => [],
    };

    private static string[] Texts(JsonArray? array)
    {
        if (array is null)
        {
            return [];
        }
        var texts = new string[array.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = ((JsonString)array[i]).Value;
        }
        return texts;
    }

    private static bool Contains(JsonArray? array, string text)
    {
        if (array is not null)
        {
            foreach (var item in array)
            {
                if (item is JsonString s && s.Value == text)
                {
                    return true;
                }
            }
        }
        return false;
    }
}

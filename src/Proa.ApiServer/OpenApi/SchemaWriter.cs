using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;

namespace Proa.ApiServer.OpenApi;

/// <summary>Turns the schema's types into OpenAPI schemas, and remembers which other types they refer to.</summary>
internal sealed class SchemaWriter(SchemaRegistry registry, OpenApiDialect dialect)
{
    private const string VersionName = "io.k8s.apimachinery.pkg.version.Info";
    private readonly Queue<string> _waiting = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<GroupVersionKind>> _kinds = new(StringComparer.Ordinal);

    private bool _withVersion;

    private string Root => dialect == OpenApiDialect.V3 ? "#/components/schemas/" : "#/definitions/";

    /// <summary>A reference to a type, which will be among <see cref="Drain"/>.</summary>
    public JsonObject Reference(string type)
    {
        if (_seen.Add(type))
        {
            _waiting.Enqueue(type);
        }
        return new() { ["$ref"] = Root + TypeNames.Full(type) };
    }

    /// <summary>A reference to the type of a kind, which is marked with it; null when the schema does not know it.</summary>
    public JsonObject? Reference(GroupVersionKind kind)
    {
        if (registry.Find(kind)?.Root.TypeName is not { } type)
        {
            return null;
        }
        Mark(type, kind);
        return Reference(type);
    }

    /// <summary>Says that a type is written as this kind.</summary>
    public void Mark(string type, GroupVersionKind kind)
    {
        var kinds = _kinds.TryGetValue(type, out var known) ? known : _kinds[type] = [];
        if (!kinds.Contains(kind))
        {
            kinds.Add(kind);
        }
    }

    /// <summary>A reference to what <c>/version</c> answers.</summary>
    public JsonObject Version()
    {
        _withVersion = true;
        return new() { ["$ref"] = Root + VersionName };
    }

    /// <summary>The schemas of all types referred to so far, and of those that they refer to.</summary>
    public JsonObject Drain()
    {
        var schemas = new SortedDictionary<string, JsonValue>(StringComparer.Ordinal);
        while (_waiting.TryDequeue(out var type))
        {
            if (registry.TypeNode(type) is { } node)
            {
                schemas[TypeNames.Full(type)] = Type(type, node);
            }
        }
        if (_withVersion)
        {
            schemas[VersionName] = VersionSchema();
        }
        var made = new JsonObject();
        foreach (var (name, schema) in schemas)
        {
            made[name] = schema;
        }
        return made;
    }

    private JsonObject VersionSchema()
    {
        string[] required = ["major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"];
        var properties = new JsonObject();
        foreach (var name in (string[])[.. required, "emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor"])
        {
            var property = new JsonObject { ["type"] = "string" };
            if (dialect == OpenApiDialect.V3 && required.Contains(name))
            {
                property["default"] = "";
            }
            properties[name] = property;
        }
        return new() { ["type"] = "object", ["required"] = new JsonArray(required.Select(static name => (JsonValue)name)), ["properties"] = properties };
    }

    private JsonObject Type(string name, SchemaNode node)
    {
        var schema = Shape(node);
        if (node.Kind == SchemaKind.Object)
        {
            var required = node.Fields.Where(field => field.Value.Required).Select(field => field.Key).Order(StringComparer.Ordinal).ToList();
            if (required.Count > 0)
            {
                schema["required"] = new JsonArray(required.Select(field => (JsonValue)field));
            }
            var properties = new JsonObject();
            foreach (var (field, member) in node.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
            {
                properties[field] = Member(name, field, member);
            }
            schema["properties"] = properties;
        }
        if (node.IsAtomic)
        {
            schema["x-kubernetes-map-type"] = "atomic";
        }
        if (_kinds.TryGetValue(name, out var kinds))
        {
            schema["x-kubernetes-group-version-kind"] = new JsonArray(kinds.Select(kind => (JsonValue)Gvk(kind)));
        }
        return schema;
    }

    public static JsonObject Gvk(GroupVersionKind kind) =>
        new() { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version };

    private JsonObject Member(string type, string name, SchemaNode node)
    {
        var schema = Use(node);
        if (Descriptions.Of(name) is { } description && !schema.ContainsKey("$ref"))
        {
            schema["description"] = description;
        }
        // All lists say of what type they are, but for those of objects and the verbs of a resource.
        if (node.Kind == SchemaKind.List && (node.ListType != ListType.Atomic || !((name == "items" && type.EndsWith("List", StringComparison.Ordinal)) || type == "meta.v1.APIResource")))
        {
            schema["x-kubernetes-list-type"] = node.ListType switch { ListType.Map => "map", ListType.Set => "set", _ => "atomic" };
            if (node.ListKeys.Count > 0)
            {
                schema["x-kubernetes-list-map-keys"] = new JsonArray(node.ListKeys.Select(key => (JsonValue)key));
            }
        }
        if (Strategy(node) is { Length: > 0 } strategy)
        {
            schema["x-kubernetes-patch-strategy"] = strategy;
        }
        if (node.MergeKey is { } mergeKey)
        {
            schema["x-kubernetes-patch-merge-key"] = mergeKey;
        }
        return schema;
    }

    private static string Strategy(SchemaNode node)
    {
        var parts = new List<string>();
        if (node.PatchMerge)
        {
            parts.Add("merge");
        }
        if (node.PatchRetainKeys)
        {
            parts.Add("retainKeys");
        }
        if (node.PatchReplace)
        {
            parts.Add("replace");
        }
        return string.Join(',', parts);
    }

    // In the third version nothing may stand beside a reference.
    private JsonObject Use(SchemaNode node, bool isElement = false)
    {
        if (node.TypeName is not { } type)
        {
            return Shape(node);
        }
        var reference = Reference(type);
        if (dialect == OpenApiDialect.V2 || isElement)
        {
            return reference;
        }
        var wrapped = new JsonObject { ["allOf"] = new JsonArray([reference]) };
        if (node.Default is { } fallback)
        {
            wrapped["default"] = fallback;
        }
        return wrapped;
    }

    private JsonObject Shape(SchemaNode node)
    {
        var schema = node.Kind switch
        {
            SchemaKind.Object => new() { ["type"] = "object" },
            SchemaKind.Map => new JsonObject { ["type"] = "object", ["additionalProperties"] = Use(node.Element!, isElement: true) },
            SchemaKind.List => new JsonObject { ["type"] = "array", ["items"] = Use(node.Element!, isElement: true) },
            SchemaKind.Any => node.TypeName is "RawExtension" or "meta.v1.FieldsV1" ? new JsonObject { ["type"] = "object" } : [],
            _ => Scalar(node.Kind),
        };
        // The second version's documents have no defaults.
        if (node.Default is { } fallback && node.TypeName is null && dialect == OpenApiDialect.V3)
        {
            schema["default"] = fallback;
        }
        if (node.Enum.Count > 0)
        {
            schema["enum"] = new JsonArray(node.Enum.Select(value => (JsonValue)value));
        }
        return schema;
    }

    private JsonObject Scalar(SchemaKind kind) => kind switch
    {
        SchemaKind.Int32 => new() { ["type"] = "integer", ["format"] = "int32" },
        SchemaKind.Int64 => new() { ["type"] = "integer", ["format"] = "int64" },
        SchemaKind.Double => new() { ["type"] = "number", ["format"] = "double" },
        SchemaKind.Bool => new() { ["type"] = "boolean" },
        SchemaKind.Bytes => new() { ["type"] = "string", ["format"] = "byte" },
        SchemaKind.Time or SchemaKind.MicroTime => new() { ["type"] = "string", ["format"] = "date-time" },
        SchemaKind.Quantity when dialect == OpenApiDialect.V3 => new() { ["oneOf"] = Either("string", "number") },
        SchemaKind.IntOrString when dialect == OpenApiDialect.V3 => new() { ["format"] = "int-or-string", ["oneOf"] = Either("integer", "string") },
        SchemaKind.IntOrString => new() { ["type"] = "string", ["format"] = "int-or-string" },
        _ => new() { ["type"] = "string" },
    };

    private static JsonArray Either(string a, string b) => new([new JsonObject { ["type"] = a }, new JsonObject { ["type"] = b }]);
}

internal enum OpenApiDialect
{
    V2,
    V3,
}

using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.OpenApi;

/// <summary>The schemas of custom resources, from their definitions.</summary>
internal static class CustomSchemas
{
    public static (JsonObject Kind, JsonObject List) Add(
        JsonObject schemas, ServedType type, JsonObject version, SchemaWriter writer, OpenApiDialect dialect)
    {
        var root = dialect == OpenApiDialect.V3 ? "#/components/schemas/" : "#/definitions/";
        var name = TypeNames.Custom(type.Group, type.Version, type.Kind);
        var defined = version.Object("schema")?.Object("openAPIV3Schema");
        var isOpen = defined is null;
        var schema = dialect == OpenApiDialect.V2 ? VersionTwo.Root(defined, out isOpen) : defined?.CloneObject() ?? new JsonObject { ["type"] = "object" };
        if (!isOpen)
        {
            AddCommon(schema, writer, dialect);
            AddEmbedded(schema, writer, dialect);
        }
        schema["x-kubernetes-group-version-kind"] = new JsonArray([SchemaWriter.Gvk(type.Info.Gvk)]);
        AddSelectable(schema, version);
        schemas[name] = schema;

        var reference = new JsonObject { ["$ref"] = root + name };
        var list = List(type, writer, reference);
        AddSelectable(list, version);
        schemas[name + "List"] = list;
        return (reference, new JsonObject { ["$ref"] = root + name + "List" });
    }

    private static void AddCommon(JsonObject schema, SchemaWriter writer, OpenApiDialect dialect)
    {
        var properties = schema.EnsureObject("properties");
        properties["apiVersion"] = Text("apiVersion");
        properties["kind"] = Text("kind");
        properties["metadata"] = dialect == OpenApiDialect.V3
            ? new JsonObject { ["allOf"] = new JsonArray([writer.Reference("meta.v1.ObjectMeta")]), ["description"] = Descriptions.Of("metadata")! }
            : writer.Reference("meta.v1.ObjectMeta");
    }

    /// <summary>A whole object within an object has what each object has, and must say what it is.</summary>
    private static void AddEmbedded(JsonObject schema, SchemaWriter writer, OpenApiDialect dialect)
    {
        foreach (var (_, member) in schema.Object("properties") ?? [])
        {
            AddEmbedded((JsonObject)member, writer, dialect);
        }
        foreach (var name in (ReadOnlySpan<string>)["items", "additionalProperties"])
        {
            if (schema.Object(name) is { } inner)
            {
                AddEmbedded(inner, writer, dialect);
            }
        }
        if (schema.Bool("x-kubernetes-embedded-resource") != true || (dialect == OpenApiDialect.V2 && VersionTwo.PreservesUnknownFields(schema)))
        {
            return;
        }
        AddCommon(schema, writer, dialect);
        schema["required"] = new JsonArray([.. VersionTwo.Required(schema).Union(["kind", "apiVersion"], StringComparer.Ordinal).Select(name => new JsonString(name))]);
    }

    private static void AddSelectable(JsonObject schema, JsonObject version)
    {
        if (version.Array("selectableFields") is { Count: > 0 } fields)
        {
            schema["x-kubernetes-selectable-fields"] = new JsonArray(
                [.. fields.OfType<JsonObject>().Select(field => new JsonObject { ["fieldPath"] = (field.String("jsonPath") ?? "").TrimStart('.') })]);
        }
    }

    private static JsonObject List(ServedType type, SchemaWriter writer, JsonObject item) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray(["items"]),
        ["properties"] = new JsonObject
        {
            ["apiVersion"] = Text("apiVersion"),
            ["items"] = new JsonObject { ["type"] = "array", ["items"] = item.Clone() },
            ["kind"] = Text("kind"),
            ["metadata"] = writer.Reference("meta.v1.ListMeta"),
        },
        ["x-kubernetes-group-version-kind"] = new JsonArray([SchemaWriter.Gvk(type.Info.Gvk with { Kind = type.ListKind })]),
    };

    private static JsonObject Text(string field) => new() { ["type"] = "string", ["description"] = Descriptions.Of(field)! };
}

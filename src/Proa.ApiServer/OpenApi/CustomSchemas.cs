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
        var schema = version.Object("schema")?.Object("openAPIV3Schema")?.CloneObject() ?? new JsonObject { ["type"] = "object" };
        if (dialect == OpenApiDialect.V2)
        {
            // The second version cannot say all that a definition may: what it cannot is left open.
            schema = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        }
        var properties = schema.EnsureObject("properties");
        properties["apiVersion"] = Text("apiVersion");
        properties["kind"] = Text("kind");
        properties["metadata"] = dialect == OpenApiDialect.V3
            ? new JsonObject { ["allOf"] = new JsonArray([writer.Reference("meta.v1.ObjectMeta")]), ["description"] = Descriptions.Of("metadata")! }
            : writer.Reference("meta.v1.ObjectMeta");
        schema["x-kubernetes-group-version-kind"] = new JsonArray([SchemaWriter.Gvk(type.Info.Gvk)]);
        schemas[name] = schema;

        var reference = new JsonObject { ["$ref"] = root + name };
        schemas[name + "List"] = List(type, writer, reference);
        return (reference, new JsonObject { ["$ref"] = root + name + "List" });
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

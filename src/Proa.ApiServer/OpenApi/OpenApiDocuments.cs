using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Schema;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.OpenApi;

/// <summary>Makes whole documents. Pure.</summary>
internal static class OpenApiDocuments
{
    /// <summary>The document of one version of a group.</summary>
    public static JsonObject V3(SchemaRegistry registry, IReadOnlyList<ServedType> types)
    {
        var writer = new SchemaWriter(registry, OpenApiDialect.V3);
        var (paths, custom) = Paths(writer, OpenApiDialect.V3, types);
        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = Info(),
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = Merge(writer.Drain(), custom) },
        };
    }

    /// <summary>The one document of all that is served.</summary>
    public static JsonObject V2(SchemaRegistry registry, IReadOnlyList<ServedType> types)
    {
        var writer = new SchemaWriter(registry, OpenApiDialect.V2);
        var (paths, custom) = Paths(writer, OpenApiDialect.V2, types);
        return new()
        {
            ["swagger"] = "2.0",
            ["info"] = Info(),
            ["paths"] = paths,
            ["definitions"] = Merge(writer.Drain(), custom),
        };
    }

    private static JsonObject Info() => new() { ["title"] = "Kubernetes", ["version"] = "v1.36.2" };

    private static (JsonObject Paths, JsonObject Custom) Paths(SchemaWriter writer, OpenApiDialect dialect, IReadOnlyList<ServedType> types)
    {
        var paths = new JsonObject();
        var custom = new JsonObject();
        var pathWriter = new PathWriter(dialect);
        foreach (var type in types.OrderBy(type => type.Group, StringComparer.Ordinal).ThenBy(type => type.Plural, StringComparer.Ordinal))
        {
            var list = type.Info.Gvk with { Kind = type.ListKind };
            if (type.CustomVersion is { } version)
            {
                var (kindReference, listReference) = CustomSchemas.Add(custom, type, version, writer, dialect);
                pathWriter.Add(paths, type, kindReference, listReference);
            }
            else
            {
                pathWriter.Add(paths, type, writer.Reference(type.Info.Gvk), writer.Reference(list));
            }
            writer.Mark("meta.v1.DeleteOptions", new GroupVersionKind(type.Group, type.Version, "DeleteOptions"));
        }
        writer.Reference("meta.v1.DeleteOptions");
        return (paths, custom);
    }

    private static JsonObject Merge(JsonObject schemas, JsonObject custom)
    {
        foreach (var (name, schema) in custom)
        {
            schemas[name] = schema;
        }
        return schemas;
    }
}

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
        var schemas = new SchemaWriter(registry, OpenApiDialect.V3);
        var writer = new PathWriter(OpenApiDialect.V3, schemas);
        var paths = new JsonObject();
        writer.AddResources(paths, types[0].Group, types[0].Version);
        return V3(schemas, paths, Paths(writer, schemas, OpenApiDialect.V3, types, paths));
    }

    /// <summary>The document of a group, or of a path that is of none.</summary>
    public static JsonObject V3(SchemaRegistry registry, string path)
    {
        var schemas = new SchemaWriter(registry, OpenApiDialect.V3);
        var writer = new PathWriter(OpenApiDialect.V3, schemas);
        var paths = new JsonObject();
        if (path.StartsWith("apis/", StringComparison.Ordinal))
        {
            writer.AddGroup(paths, path["apis/".Length..]);
        }
        else
        {
            writer.AddRoot(paths, path);
        }
        return V3(schemas, paths, []);
    }

    /// <summary>The one document of all that is served.</summary>
    public static JsonObject V2(SchemaRegistry registry, IReadOnlyList<ServedType> types)
    {
        var schemas = new SchemaWriter(registry, OpenApiDialect.V2);
        var writer = new PathWriter(OpenApiDialect.V2, schemas);
        var paths = new JsonObject();
        foreach (var path in Roots)
        {
            writer.AddRoot(paths, path);
        }
        foreach (var (group, version) in types.Select(static type => (type.Group, type.Version)).Distinct())
        {
            writer.AddResources(paths, group, version);
        }
        foreach (var group in Groups(types))
        {
            writer.AddGroup(paths, group);
        }
        var custom = Paths(writer, schemas, OpenApiDialect.V2, types, paths);
        return new()
        {
            ["swagger"] = "2.0",
            ["info"] = Info(),
            ["paths"] = paths,
            ["definitions"] = Merge(schemas.Drain(), custom),
            ["securityDefinitions"] = Security(),
            ["security"] = new JsonArray([new JsonObject { ["BearerToken"] = new JsonArray() }]),
        };
    }

    /// <summary>The paths that are of no group and have a document of their own.</summary>
    public static IReadOnlyList<string> Roots { get; } = ["api", "apis", "version", ".well-known/openid-configuration", "openid/v1/jwks"];

    /// <summary>The groups that have a document of their own: the built-in ones with a name.</summary>
    public static IEnumerable<string> Groups(IReadOnlyList<ServedType> types) =>
        types.Where(static type => type.Custom is null && type.Group.Length > 0).Select(static type => type.Group).Distinct();

    private static JsonObject V3(SchemaWriter schemas, JsonObject paths, JsonObject custom) => new()
    {
        ["openapi"] = "3.0.0",
        ["info"] = Info(),
        ["paths"] = paths,
        ["components"] = new JsonObject { ["schemas"] = Merge(schemas.Drain(), custom), ["securitySchemes"] = Security() },
    };

    private static JsonObject Info() => new() { ["title"] = "Kubernetes", ["version"] = "1.36" };

    private static JsonObject Security() => new()
    {
        ["BearerToken"] = new JsonObject { ["type"] = "apiKey", ["description"] = "A bearer token", ["name"] = "authorization", ["in"] = "header" },
    };

    /// <returns>The schemas of custom resources.</returns>
    private static JsonObject Paths(PathWriter pathWriter, SchemaWriter writer, OpenApiDialect dialect, IReadOnlyList<ServedType> types, JsonObject paths)
    {
        var custom = new JsonObject();
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
            writer.Mark("meta.v1.WatchEvent", new GroupVersionKind(type.Group, type.Version, "WatchEvent"));
        }
        return custom;
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

using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.OpenApi;

/// <summary>
/// The paths of a type and its subresources. What clients look for is in them: the kind and action of each operation, the
/// parameters <c>dryRun</c>, <c>fieldValidation</c> and <c>fieldManager</c>, and the patch types.
/// </summary>
internal sealed class PathWriter(OpenApiDialect dialect)
{
    private static readonly string[] s_patches =
        ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];

    /// <param name="kind">A reference to the type's schema; null when it has none.</param>
    public void Add(JsonObject paths, ServedType type, JsonObject? kind, JsonObject? list)
    {
        var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
        var collection = type.Namespaced ? $"{root}/namespaces/{{namespace}}/{type.Plural}" : $"{root}/{type.Plural}";
        var outside = Scope(type, named: false);
        var one = Scope(type, named: true);
        Put(paths, collection, outside, type.Info.Gvk,
        [
            type.Verbs.Contains("list") ? ("get", "list", list, []) : null,
            type.Verbs.Contains("create") ? ("post", "post", kind, ["dryRun", "fieldManager", "fieldValidation"]) : null,
            type.Verbs.Contains("deletecollection") ? ("delete", "deletecollection", null, ["dryRun"]) : null,
        ]);
        if (type.Namespaced && type.Verbs.Contains("list"))
        {
            Put(paths, $"{root}/{type.Plural}", [], type.Info.Gvk, [("get", "list", list, [])]);
        }
        Put(paths, $"{collection}/{{name}}", one, type.Info.Gvk, Item(type.Verbs, kind));
        foreach (var subresource in type.Subresources)
        {
            Put(paths, $"{collection}/{{name}}/{subresource.Name}", one, subresource.Kind, Item(subresource.Verbs, subresource.Kind == type.Info.Gvk ? kind : null));
        }
    }

    private static Operation?[] Item(IReadOnlyList<string> verbs, JsonObject? kind) =>
    [
        verbs.Contains("get") ? ("get", "get", kind, []) : null,
        verbs.Contains("create") ? ("post", "post", kind, ["dryRun", "fieldManager", "fieldValidation"]) : null,
        verbs.Contains("update") ? ("put", "put", kind, ["dryRun", "fieldManager", "fieldValidation"]) : null,
        verbs.Contains("delete") ? ("delete", "delete", null, ["dryRun", "gracePeriodSeconds", "propagationPolicy"]) : null,
        verbs.Contains("patch") ? ("patch", "patch", kind, ["dryRun", "fieldManager", "fieldValidation", "force"]) : null,
    ];

    private void Put(JsonObject paths, string path, JsonArray parameters, GroupVersionKind kind, Operation?[] operations)
    {
        var item = new JsonObject();
        foreach (var operation in operations)
        {
            if (operation is { } found)
            {
                item[found.Method] = Write(found, kind);
            }
        }
        if (item.Count == 0)
        {
            return;
        }
        if (parameters.Count > 0)
        {
            item["parameters"] = parameters;
        }
        paths[path] = item;
    }

    private JsonObject Write(Operation operation, GroupVersionKind kind)
    {
        var made = new JsonObject();
        if (operation.Query.Length > 0 || dialect == OpenApiDialect.V2)
        {
            made["parameters"] = new JsonArray(operation.Query.Select(name => (JsonValue)Parameter(name, "query")));
        }
        if (operation.Method is "post" or "put" or "patch")
        {
            Body(made, operation);
        }
        made["responses"] = new JsonObject { ["200"] = Response(operation.Schema) };
        made["x-kubernetes-action"] = operation.Action;
        made["x-kubernetes-group-version-kind"] = SchemaWriter.Gvk(kind);
        return made;
    }

    private void Body(JsonObject made, Operation operation)
    {
        var types = operation.Method == "patch" ? s_patches : ["application/json"];
        if (dialect == OpenApiDialect.V2)
        {
            made["consumes"] = new JsonArray(types.Select(type => (JsonValue)type));
            return;
        }
        var schema = operation.Method == "patch" || operation.Schema is null ? new JsonObject { ["type"] = "object" } : operation.Schema.CloneObject();
        var content = new JsonObject();
        foreach (var type in types)
        {
            content[type] = new JsonObject { ["schema"] = schema.Clone() };
        }
        made["requestBody"] = new JsonObject { ["content"] = content, ["required"] = true };
    }

    private JsonObject Response(JsonObject? schema)
    {
        var response = new JsonObject { ["description"] = "OK" };
        if (schema is not null && dialect == OpenApiDialect.V3)
        {
            response["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schema.Clone() } };
        }
        else if (schema is not null)
        {
            response["schema"] = schema.Clone();
        }
        return response;
    }

    private JsonArray Scope(ServedType type, bool named)
    {
        var parameters = new JsonArray();
        if (named)
        {
            parameters.Add(Parameter("name", "path"));
        }
        if (type.Namespaced)
        {
            parameters.Add(Parameter("namespace", "path"));
        }
        return parameters;
    }

    private JsonObject Parameter(string name, string place)
    {
        var type = name switch { "force" => "boolean", "gracePeriodSeconds" => "integer", _ => "string" };
        var made = new JsonObject { ["name"] = name, ["in"] = place };
        if (place == "path")
        {
            made["required"] = true;
        }
        if (dialect == OpenApiDialect.V3)
        {
            made["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true };
        }
        else
        {
            made["type"] = type;
            made["uniqueItems"] = true;
        }
        return made;
    }

    private readonly record struct Operation(string Method, string Action, JsonObject? Schema, string[] Query)
    {
        public static implicit operator Operation((string Method, string Action, JsonObject? Schema, string[] Query) o) =>
            new(o.Method, o.Action, o.Schema, o.Query);
    }
}

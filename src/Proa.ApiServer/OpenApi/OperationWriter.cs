using System.Globalization;
using Proa.Api.Json;

namespace Proa.ApiServer.OpenApi;

/// <summary>Writes a path and its operations in one version of OpenAPI. Parameters that all of a path's operations have are the path's.</summary>
internal sealed class OperationWriter(OpenApiDialect dialect)
{
    public void Put(JsonObject paths, string path, IReadOnlyList<ApiOperation> operations)
    {
        if (operations.Count == 0)
        {
            return;
        }
        var item = new JsonObject();
        var common = operations[0].Query.Where(name => operations.All(operation => operation.Query.Contains(name))).ToList();
        foreach (var operation in operations)
        {
            item[operation.Method] = Write(operation, common);
        }
        var parameters = new List<(string Name, string Place)>(common.Select(static name => (name, "query")));
        foreach (var segment in path.Split('/'))
        {
            if (segment is ['{', .., '}'])
            {
                parameters.Add((segment[1..^1], "path"));
            }
        }
        if (parameters.Count > 0)
        {
            item["parameters"] = new JsonArray(
                parameters.OrderBy(static one => one.Name, StringComparer.Ordinal).ThenBy(static one => one.Place, StringComparer.Ordinal).Select(one => (JsonValue)Parameter(one.Name, one.Place)));
        }
        paths[path] = item;
    }

    private JsonObject Write(ApiOperation operation, List<string> common)
    {
        var made = new JsonObject();
        var parameters = new JsonArray(operation.Query.Where(name => !common.Contains(name)).Order(StringComparer.Ordinal).Select(name => (JsonValue)Parameter(name, "query")));
        if (dialect == OpenApiDialect.V2)
        {
            made["consumes"] = Texts(operation.Consumes);
            made["produces"] = Texts(operation.Produces);
            made["schemes"] = Texts(["https"]);
            if (operation.Body is { } body)
            {
                var parameter = new JsonObject { ["in"] = "body", ["name"] = "body", ["schema"] = body.Clone() };
                if (operation.BodyRequired)
                {
                    parameter["required"] = true;
                }
                parameters.Insert(0, parameter);
            }
        }
        made["tags"] = Texts([operation.Tag]);
        made["operationId"] = operation.Id;
        if (parameters.Count > 0)
        {
            made["parameters"] = parameters;
        }
        if (dialect == OpenApiDialect.V3 && operation.Body is { } sent)
        {
            made["requestBody"] = operation.BodyRequired
                ? new JsonObject { ["content"] = Content(operation.Consumes, sent), ["required"] = true }
                : new JsonObject { ["content"] = Content(operation.Consumes, sent) };
        }
        made["responses"] = Responses(operation);
        if (operation.Action.Length > 0)
        {
            made["x-kubernetes-action"] = operation.Action;
        }
        if (operation.Kind is { } kind)
        {
            made["x-kubernetes-group-version-kind"] = SchemaWriter.Gvk(kind);
        }
        return made;
    }

    private JsonObject Responses(ApiOperation operation)
    {
        var responses = new JsonObject();
        foreach (var code in operation.Codes)
        {
            var response = new JsonObject { ["description"] = code switch { 201 => "Created", 202 => "Accepted", _ => "OK" } };
            if (dialect == OpenApiDialect.V3)
            {
                response["content"] = Content(operation.Produces, operation.Answer);
            }
            else
            {
                response["schema"] = operation.Answer.Clone();
            }
            responses[code.ToString(CultureInfo.InvariantCulture)] = response;
        }
        responses["401"] = new JsonObject { ["description"] = "Unauthorized" };
        return responses;
    }

    private static JsonObject Content(IReadOnlyList<string> types, JsonObject schema)
    {
        var content = new JsonObject();
        foreach (var type in types)
        {
            content[type] = new JsonObject { ["schema"] = schema.Clone() };
        }
        return content;
    }

    private JsonObject Parameter(string name, string place)
    {
        var type = name switch
        {
            "allowWatchBookmarks" or "follow" or "force" or "ignoreStoreReadErrorWithClusterBreakingPotential" or "insecureSkipTLSVerifyBackend" or "orphanDependents"
                or "previous" or "sendInitialEvents" or "stderr" or "stdin" or "stdout" or "timestamps" or "tty" or "watch" => "boolean",
            "gracePeriodSeconds" or "limit" or "limitBytes" or "ports" or "sinceSeconds" or "tailLines" or "timeoutSeconds" => "integer",
            _ => "string",
        };
        var made = new JsonObject { ["name"] = name, ["in"] = place };
        if (place == "path")
        {
            made["required"] = true;
        }
        var of = made;
        if (dialect == OpenApiDialect.V3)
        {
            made["schema"] = of = [];
        }
        of["type"] = type;
        of["uniqueItems"] = true;
        return made;
    }

    private static JsonArray Texts(IReadOnlyList<string> texts) => new(texts.Select(static text => (JsonValue)text));
}

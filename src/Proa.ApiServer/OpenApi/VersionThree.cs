using Proa.Api.Json;

namespace Proa.ApiServer.OpenApi;

/// <summary>Says in OpenAPI 3 what an OpenAPI 2 document says, for servers that have no other. Pure.</summary>
internal static class VersionThree
{
    public static JsonObject Of(JsonObject second)
    {
        var document = second.CloneObject();
        RemoteSpec.Visit(document, static (parent, name, value) =>
        {
            if (name == "$ref" && value is JsonString { Value: var reference })
            {
                parent[name] = reference.Replace("#/definitions/", "#/components/schemas/", StringComparison.Ordinal);
            }
        });
        var paths = new JsonObject();
        foreach (var (path, item) in document.Object("paths") ?? [])
        {
            paths[path] = Path((JsonObject)item);
        }
        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = document["info"]?.Clone() ?? new JsonObject(),
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = document["definitions"] ?? new JsonObject() },
        };
    }

    private static JsonObject Path(JsonObject path)
    {
        var made = new JsonObject();
        foreach (var (name, value) in path)
        {
            made[name] = (name, value) switch
            {
                ("parameters", JsonArray list) => Parameters(list),
                (_, JsonObject operation) => Operation(operation),
                _ => value,
            };
        }
        return made;
    }

    private static JsonObject Operation(JsonObject operation)
    {
        var made = new JsonObject();
        foreach (var (name, value) in operation)
        {
            switch (name)
            {
                case "consumes" or "produces" or "schemes":
                    break;
                case "parameters":
                    var list = (JsonArray)value;
                    if (list.OfType<JsonObject>().FirstOrDefault(static item => item.String("in") == "body") is { } body)
                    {
                        made["requestBody"] = Body(body, operation);
                    }
                    made["parameters"] = Parameters(list);
                    break;
                case "responses":
                    made[name] = Responses((JsonObject)value, operation);
                    break;
                default:
                    made[name] = value;
                    break;
            }
        }
        return made;
    }

    private static JsonObject Body(JsonObject body, JsonObject operation)
    {
        var made = new JsonObject { ["content"] = Content(body["schema"], operation.Array("consumes")) };
        if (body.Bool("required") == true)
        {
            made["required"] = true;
        }
        return made;
    }

    private static JsonObject Responses(JsonObject responses, JsonObject operation)
    {
        var made = new JsonObject();
        foreach (var (code, value) in responses)
        {
            var response = new JsonObject { ["description"] = (value as JsonObject)?["description"]?.Clone() ?? "" };
            if ((value as JsonObject)?["schema"] is { } schema)
            {
                response["content"] = Content(schema, operation.Array("produces"));
            }
            made[code] = response;
        }
        return made;
    }

    private static JsonObject Content(JsonValue? schema, JsonArray? types)
    {
        var made = new JsonObject();
        foreach (var type in types is { Count: > 0 } ? types.OfType<JsonString>().Select(static one => one.Value) : ["application/json"])
        {
            made[type] = new JsonObject { ["schema"] = schema?.Clone() ?? new JsonObject() };
        }
        return made;
    }

    private static JsonArray Parameters(JsonArray parameters)
    {
        var made = new JsonArray();
        foreach (var parameter in parameters.OfType<JsonObject>().Where(static item => item.String("in") != "body"))
        {
            var (outer, schema) = (new JsonObject(), new JsonObject());
            foreach (var (name, value) in parameter)
            {
                (name is "name" or "in" or "description" or "required" ? outer : schema)[name] = value;
            }
            outer["schema"] = schema;
            made.Add(outer);
        }
        return made;
    }
}

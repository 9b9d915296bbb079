using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Proa.Generator;

/// <summary>
/// Reduces the published OpenAPI v3 documents and the protobuf field numbers to one compact file of facts: types with
/// their fields, list and map rules, merge keys, stated defaults and field numbers; resources with their paths and verbs.
/// Descriptions stay behind. The file's form is described in <c>src/Proa.Api/Schema/README.md</c>.
/// </summary>
internal static class SchemaCompiler
{
    private static readonly JsonSerializerOptions s_compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(string data, string presenceFile, string output)
    {
        var presence = Presence.Read(presenceFile);
        var numbers = JsonNode.Parse(File.ReadAllText(Path.Combine(data, "protobuf-fields.json")))!.AsObject();
        var types = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        var resources = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(data, "openapi-v3"), "api*.json").Order(StringComparer.Ordinal))
        {
            var document = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            foreach (var (name, schema) in document["components"]?["schemas"]?.AsObject() ?? [])
            {
                types.TryAdd(ShortName(name), CompileType(name, schema!.AsObject(), numbers, presence));
            }
            foreach (var (path, item) in document["paths"]?.AsObject() ?? [])
            {
                ReadPath(path, item!.AsObject(), resources);
            }
        }
        var text = new StringWriter();
        text.Write("{\"types\":{");
        WriteLines(text, types);
        text.Write("\n},\"resources\":[");
        var first = true;
        foreach (var resource in resources.Values)
        {
            text.Write(first ? "\n" : ",\n");
            text.Write(resource.ToJsonString(s_compact));
            first = false;
        }
        text.Write("\n]}\n");
        File.WriteAllText(output, text.ToString());
        Console.WriteLine($"{types.Count} types, {resources.Count} resources");
        return 0;
    }

    /// <summary><c>io.k8s.api.apps.v1.Deployment</c> → <c>apps.v1.Deployment</c>.</summary>
    public static string ShortName(string name)
    {
        var parts = name.Split('.');
        return name switch
        {
            _ when name.EndsWith("resource.Quantity") => "Quantity",
            _ when name.EndsWith("intstr.IntOrString") => "IntOrString",
            _ when name.EndsWith("runtime.RawExtension") => "RawExtension",
            _ => string.Join('.', parts[^3..]),
        };
    }

    private static JsonObject CompileType(string name, JsonObject schema, JsonObject numbers, Presence presence)
    {
        var compiled = new JsonObject();
        if (schema["x-kubernetes-group-version-kind"] is JsonArray { Count: 1 } kinds)
        {
            compiled["gvk"] = $"{kinds[0]!["group"]}/{kinds[0]!["version"]}/{kinds[0]!["kind"]}";
        }
        CopyRules(schema, compiled);
        if (schema["required"] is JsonArray required)
        {
            compiled["req"] = required.DeepClone();
        }
        if (schema["properties"] is not JsonObject properties)
        {
            if (schema["type"] is { } type)
            {
                compiled["t"] = ScalarType(schema) ?? type.DeepClone();
            }
            return compiled;
        }
        var fields = new JsonObject();
        foreach (var (field, value) in properties)
        {
            var made = CompileField(value!.AsObject());
            if (WireNumbers.Of(name, field, numbers, properties) is { } wire)
            {
                made["pb"] = wire;
            }
            if (presence.Of(ShortName(name), field) is { } code)
            {
                made["o"] = code;
            }
            fields[field] = made;
        }
        compiled["f"] = fields;
        return compiled;
    }

    private static JsonObject CompileField(JsonObject schema)
    {
        var field = new JsonObject();
        var reference = schema["$ref"] ?? (schema["allOf"] as JsonArray)?[0]?["$ref"];
        if (reference is not null)
        {
            field["r"] = ShortName(reference.ToString()["#/components/schemas/".Length..]);
        }
        else if (schema["type"]?.ToString() == "array")
        {
            field["l"] = CompileField(schema["items"]!.AsObject());
        }
        else if (schema["additionalProperties"] is JsonObject values)
        {
            field["m"] = CompileField(values);
        }
        else
        {
            field["t"] = ScalarType(schema) ?? "any";
        }
        CopyRules(schema, field);
        if (schema["default"] is { } fallback && !(fallback is JsonObject { Count: 0 } && field.ContainsKey("t")))
        {
            field["d"] = fallback.DeepClone();
        }
        if (schema["enum"] is JsonArray values2)
        {
            field["e"] = values2.DeepClone();
        }
        return field;
    }

    private static string? ScalarType(JsonObject schema) => (schema["type"]?.ToString(), schema["format"]?.ToString()) switch
    {
        ("string", "byte") => "bytes",
        ("string", "date-time") => "time",
        ("string", _) => "string",
        ("integer", "int32") => "int32",
        ("integer", _) => "int64",
        ("number", _) => "double",
        ("boolean", _) => "bool",
        ("object", _) => "object",
        _ => null,
    };

    private static void CopyRules(JsonObject from, JsonObject to)
    {
        foreach (var (source, target) in new[]
        {
            ("x-kubernetes-list-type", "lt"), ("x-kubernetes-list-map-keys", "lk"), ("x-kubernetes-map-type", "mt"),
            ("x-kubernetes-patch-strategy", "ps"), ("x-kubernetes-patch-merge-key", "pk"), ("x-kubernetes-unions", "un"),
        })
        {
            if (from[source] is { } value)
            {
                to[target] = value.DeepClone();
            }
        }
    }

    private static void ReadPath(string path, JsonObject item, SortedDictionary<string, JsonObject> resources)
    {
        var parts = path.Trim('/').Split('/');
        var core = parts[0] == "api";
        var at = core ? 2 : 3;
        if (parts.Length <= at || path.Contains("/watch/") || path.StartsWith("/.well-known"))
        {
            return;
        }
        var (group, version) = core ? ("", parts[1]) : (parts[1], parts[2]);
        var namespaced = parts.Length > at + 2 && parts[at] == "namespaces" && parts[at + 1] == "{namespace}";
        if (namespaced)
        {
            at += 2;
        }
        var plural = parts[at];
        var named = parts.Length > at + 1 && parts[at + 1] == "{name}";
        var sub = named && parts.Length > at + 2 ? parts[at + 2] : null;
        var key = $"{group}/{version}/{plural}/{sub}";
        foreach (var (method, operation) in item)
        {
            if (operation is not JsonObject op || op["x-kubernetes-action"]?.ToString() is not { } action)
            {
                continue;
            }
            if (!resources.TryGetValue(key, out var resource))
            {
                resources[key] = resource = new JsonObject { ["group"] = group, ["version"] = version, ["plural"] = plural };
                if (sub is not null)
                {
                    resource["sub"] = sub;
                }
                resource["namespaced"] = false;
                resource["verbs"] = new JsonArray();
            }
            if (namespaced)
            {
                resource["namespaced"] = true;
            }
            if (op["x-kubernetes-group-version-kind"] is JsonObject gvk && resource["gvk"] is null)
            {
                resource["gvk"] = $"{gvk["group"]}/{gvk["version"]}/{gvk["kind"]}";
            }
            // What is connected to takes each method as its verb.
            var verb = (action == "connect" ? method : action) switch { "post" => "create", "put" => "update", "head" => "get", "options" => "get", var other => other };
            var verbs = resource["verbs"]!.AsArray();
            if (!verbs.Any(v => v!.ToString() == verb))
            {
                verbs.Add(verb);
            }
        }
    }

    private static void WriteLines(StringWriter text, SortedDictionary<string, JsonObject> entries)
    {
        var first = true;
        foreach (var (key, value) in entries)
        {
            text.Write(first ? "\n" : ",\n");
            text.Write($"\"{key}\":{value.ToJsonString(s_compact)}");
            first = false;
        }
    }
}

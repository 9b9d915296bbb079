using Proa.Api.Json;

namespace Proa.Api.Kinds.Internal;

/// <summary>
/// The form in which the original holds an object in memory, which some of its messages show: all fields in the order of its
/// types, unset ones too. Read at the first use.
/// </summary>
public static class InternalForms
{
    private const string SchemaType = "JSONSchemaProps";

    private static readonly Lazy<Dictionary<string, Field[]>> s_types = new(Load);

    private static readonly string[] s_metadata =
    [
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    ];

    /// <param name="type">Such as <c>PodSpec</c>.</param>
    public static JsonObject Of(string type, JsonObject value) => Build(type, value, null);

    /// <summary>How one differs from the other, in the original's form of a unified diff.</summary>
    public static string Difference(string type, JsonObject before, JsonObject after) =>
        LineDiff.Unified(GoJson.Indented(Of(type, before)), GoJson.Indented(Of(type, after)));

    private static JsonObject Build(string type, JsonObject value, JsonObject? parent)
    {
        var made = new JsonObject();
        foreach (var field in s_types.Value[type])
        {
            if (field.Kind == "<meta")
            {
                foreach (var name in s_metadata)
                {
                    if (value.Object("metadata")?[name] is { } member and not JsonNull)
                    {
                        made[name] = member is JsonObject map ? Sorted(map) : member.Clone();
                    }
                }
                continue;
            }
            var given = field.Json[0] == '^' ? parent?.Given(field.Json[1..]) : value.Given(field.Json);
            made[field.Name] = Shape(field.Kind, given is JsonNull ? null : given, value);
        }
        return made;
    }

    private static JsonValue Shape(string kind, JsonValue? given, JsonObject parent)
    {
        switch (kind[0])
        {
            case 's':
                return given?.Clone() ?? "";
            case 'i':
                return given?.Clone() ?? 0;
            case 'b':
                return given?.Clone() ?? JsonBool.False;
            case 'q':
                return given?.Clone() ?? "0";
            case 'm':
                return given is JsonObject map ? Sorted(map) : JsonNull.Instance;
            case 'M':
                return given is JsonObject types ? Each(types, item => Build(kind[2..], item as JsonObject ?? [], null)) : JsonNull.Instance;
            case '|':
                return Either(given, kind[1..]);
            case 'D':
                return given is JsonObject either ? Each(either, item => Either(item, kind[1..])) : JsonNull.Instance;
            case 'T':
                return Build(kind[1..], given as JsonObject ?? new JsonObject(), parent);
            case '*' when kind == "*TPodSecurityContext":
                return Build(kind[2..], given as JsonObject ?? new JsonObject(), parent);
            case '*':
                return given is JsonObject obj ? Build(kind[2..], obj, parent) : JsonNull.Instance;
            case '[':
                return given is JsonArray list
                    ? new JsonArray(list.Select(item => (JsonValue)Build(kind[2..], item as JsonObject ?? new JsonObject(), parent)))
                    : JsonNull.Instance;
            case 'j':
                return given is JsonObject selector ? Selector(selector) : JsonNull.Instance;
            default:
                return given is null ? JsonNull.Instance : given.Clone();
        }
    }

    /// <summary>A part of a schema that may be a schema or something simpler: printed as the pair of both.</summary>
    private static JsonValue Either(JsonValue? given, string other)
    {
        if (given is null)
        {
            return JsonNull.Instance;
        }
        var schema = given is JsonObject obj ? Build(SchemaType, obj, null) : (JsonValue)JsonNull.Instance;
        return other switch
        {
            "Allows" => new JsonObject { ["Allows"] = given is not JsonBool { Value: false }, ["Schema"] = schema },
            "JSONSchemas" => new JsonObject
            {
                ["Schema"] = schema,
                ["JSONSchemas"] = given is JsonArray list ? Shape($"[T{SchemaType}", list, []) : JsonNull.Instance,
            },
            _ => new JsonObject { ["Schema"] = schema, [other] = given is JsonArray names ? names.Clone() : JsonNull.Instance },
        };
    }

    private static JsonObject Each(JsonObject map, Func<JsonValue, JsonValue> shape)
    {
        var made = new JsonObject();
        foreach (var (name, value) in map.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            made[name] = shape(value);
        }
        return made;
    }

    /// <summary>A label selector as the API prints it, in the order of its type.</summary>
    public static JsonObject Selector(JsonObject selector)
    {
        var made = new JsonObject();
        if (selector.Object("matchLabels") is { Count: > 0 } labels)
        {
            made["matchLabels"] = Sorted(labels);
        }
        if (selector.Array("matchExpressions") is { Count: > 0 } expressions)
        {
            var list = new JsonArray();
            foreach (var item in expressions)
            {
                var expression = new JsonObject();
                foreach (var name in (ReadOnlySpan<string>)["key", "operator", "values"])
                {
                    if ((item as JsonObject)?[name] is { } member)
                    {
                        expression[name] = member.Clone();
                    }
                }
                list.Add(expression);
            }
            made["matchExpressions"] = list;
        }
        return made;
    }

    private static JsonObject Sorted(JsonObject map)
    {
        var sorted = new JsonObject();
        foreach (var (name, value) in map.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            sorted[name] = value.Clone();
        }
        return sorted;
    }

    private static Dictionary<string, Field[]> Load()
    {
        var types = new Dictionary<string, Field[]>(StringComparer.Ordinal);
        using var reader = new StreamReader(typeof(InternalForms).Assembly.GetManifestResourceStream("internal-forms.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }
            var words = line.Split(' ');
            types[words[0]] = [.. words.Skip(1).Select(Parse)];
        }
        return types;
    }

    private static Field Parse(string word)
    {
        var parts = word.Split(':');
        return parts.Length == 1 ? new("", "", word) : new(parts[0], parts[1], parts[2]);
    }

    private sealed record Field(string Name, string Json, string Kind);
}

using Proa.Api.Json;

namespace Proa.ApiServer.OpenApi;

/// <summary>Takes from another server's OpenAPI 2 document what is about one version of a group, and puts it beside this server's own. Pure.</summary>
internal static class RemoteSpec
{
    private const string Definitions = "#/definitions/";
    private const string Parameters = "#/parameters/";

    /// <summary>A document of the version's paths and of the definitions that they need; shared parameters are put where they are used.</summary>
    /// <param name="groupVersion">Such as <c>metrics.k8s.io/v1beta1</c>.</param>
    public static JsonObject Only(JsonObject whole, string groupVersion)
    {
        var prefix = $"/apis/{groupVersion}/";
        var paths = new JsonObject();
        foreach (var (path, item) in whole.Object("paths") ?? [])
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                paths[path] = WithParameters(item.Clone(), whole.Object("parameters") ?? []);
            }
        }
        var used = new Dictionary<string, JsonValue>(StringComparer.Ordinal);
        Collect(paths, whole.Object("definitions") ?? [], used);
        var definitions = new JsonObject();
        foreach (var (name, definition) in used.OrderBy(static item => item.Key, StringComparer.Ordinal))
        {
            definitions[name] = definition.Clone();
        }
        return new() { ["swagger"] = "2.0", ["info"] = whole["info"]?.Clone() ?? new JsonObject(), ["paths"] = paths, ["definitions"] = definitions };
    }

    /// <summary>Adds a document to another. A definition of a name that stands for something else there gets a name of its own.</summary>
    public static void Merge(JsonObject document, JsonObject added)
    {
        var definitions = document.EnsureObject("definitions");
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, definition) in added.Object("definitions") ?? [])
        {
            names[name] = FreeName(definitions, name, definition);
        }
        foreach (var (name, definition) in added.Object("definitions") ?? [])
        {
            definitions[names[name]] ??= Renamed(definition.Clone(), names);
        }
        var paths = document.EnsureObject("paths");
        foreach (var (path, item) in added.Object("paths") ?? [])
        {
            paths[path] ??= Renamed(item.Clone(), names);
        }
    }

    private static string FreeName(JsonObject definitions, string name, JsonValue definition)
    {
        var free = name;
        for (var i = 2; definitions[free] is { } other && !other.DeepEquals(definition); i++)
        {
            free = $"{name}_v{i}";
        }
        return free;
    }

    private static JsonValue WithParameters(JsonValue item, JsonObject shared)
    {
        Visit(item, (parent, name, value) =>
        {
            if (name != "parameters" || value is not JsonArray list)
            {
                return;
            }
            parent[name] = new JsonArray(list.Select(one =>
                one is JsonObject parameter && parameter.String("$ref") is { } reference && reference.StartsWith(Parameters, StringComparison.Ordinal)
                    ? shared[reference[Parameters.Length..]]?.Clone() ?? one : one));
        });
        return item;
    }

    private static void Collect(JsonValue from, JsonObject definitions, Dictionary<string, JsonValue> used) => Visit(from, (_, name, value) =>
    {
        if (name == "$ref" && value is JsonString { Value: var reference } && reference.StartsWith(Definitions, StringComparison.Ordinal)
            && reference[Definitions.Length..] is var found && !used.ContainsKey(found) && definitions[found] is { } definition)
        {
            used[found] = definition;
            Collect(definition, definitions, used);
        }
    });

    private static JsonValue Renamed(JsonValue value, Dictionary<string, string> names)
    {
        Visit(value, (parent, name, reference) =>
        {
            if (name == "$ref" && reference is JsonString { Value: var text } && text.StartsWith(Definitions, StringComparison.Ordinal)
                && names.TryGetValue(text[Definitions.Length..], out var renamed))
            {
                parent[name] = Definitions + renamed;
            }
        });
        return value;
    }

    /// <summary>Every member of every object within, the outer before the inner.</summary>
    internal static void Visit(JsonValue value, Action<JsonObject, string, JsonValue> member)
    {
        switch (value)
        {
            case JsonObject obj:
                foreach (var name in obj.Keys.ToList())
                {
                    member(obj, name, obj[name]!);
                    Visit(obj[name]!, member);
                }
                break;
            case JsonArray array:
                foreach (var item in array)
                {
                    Visit(item, member);
                }
                break;
        }
    }
}

using Proa.Api.Json;

namespace Proa.Api.Kinds;

/// <summary>Short forms for defaulting code.</summary>
internal static class JsonDefaults
{
    /// <summary>Sets the member when it is absent, null or an empty string.</summary>
    public static void Default(this JsonObject obj, string name, JsonValue value)
    {
        var current = obj[name];
        if (current is null or JsonNull || (current is JsonString { Value.Length: 0 }))
        {
            obj[name] = value;
        }
    }

    /// <summary>Sets the member when it is absent or null; an empty string is a value.</summary>
    public static void DefaultUnset(this JsonObject obj, string name, JsonValue value)
    {
        if (obj[name] is null or JsonNull)
        {
            obj[name] = value;
        }
    }

    /// <summary>Sets the member when it is absent or zero.</summary>
    public static void DefaultZero(this JsonObject obj, string name, long value)
    {
        if (obj[name] is null or JsonNull || obj.Int(name) == 0)
        {
            obj[name] = value;
        }
    }

    /// <summary>The objects in a list; none when it is absent.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonObject obj, string name)
    {
        if (obj.Array(name) is { } list)
        {
            foreach (var item in list)
            {
                if (item is JsonObject o)
                {
                    yield return o;
                }
            }
        }
    }

    public static string Text(this JsonObject? obj, string name) => obj?.String(name) ?? "";

    /// <summary>The object at a path of members; null when any is missing.</summary>
    public static JsonObject? At(this JsonObject obj, params ReadOnlySpan<string> path)
    {
        JsonObject? at = obj;
        foreach (var name in path)
        {
            at = at?.Object(name);
        }
        return at;
    }

    /// <summary>The same; an empty object that is not part of this one when any is missing. To read only.</summary>
    public static JsonObject Sub(this JsonObject obj, params ReadOnlySpan<string> path) => obj.At(path) ?? new JsonObject();

    /// <summary>A map's copy in the order in which messages print it; null for null.</summary>
    public static JsonObject? ByKey(this JsonObject? map)
    {
        if (map is null)
        {
            return null;
        }
        var sorted = new JsonObject();
        foreach (var (key, value) in map.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            sorted[key] = value;
        }
        return sorted;
    }
}

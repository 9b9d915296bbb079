using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Devices;

/// <summary>Lists of bounded length; of one that is too long nothing else is said.</summary>
internal static class DeviceLists
{
    /// <param name="most">Negative: any number.</param>
    /// <param name="check">Told the item, its path and where to put what is wrong.</param>
    /// <param name="key">What must be an item's own; null: anything may occur twice.</param>
    public static void Each(
        JsonObject owner, string name, string path, int most, FieldErrors errors, Action<JsonObject, string, FieldErrors> check, Func<JsonObject, JsonValue>? key = null)
    {
        var items = owner.Objects(name).ToList();
        if (!Fits(items.Count, path, most, errors))
        {
            return;
        }
        for (var i = 0; i < items.Count; i++)
        {
            check(items[i], $"{path}[{i}]", errors);
        }
        if (key is not null)
        {
            Unique([.. items.Select(key)], path, errors);
        }
    }

    public static void EachText(
        JsonObject owner, string name, string path, int most, FieldErrors errors, Action<string, string, FieldErrors> check, bool unique = true)
    {
        var items = Texts(owner, name);
        if (!Fits(items.Count, path, most, errors))
        {
            return;
        }
        for (var i = 0; i < items.Count; i++)
        {
            check(items[i], $"{path}[{i}]", errors);
        }
        if (unique)
        {
            Unique([.. items.Select(static text => (JsonValue)text)], path, errors);
        }
    }

    public static List<string> Texts(JsonObject owner, string name) => [.. (owner.Array(name) ?? []).OfType<JsonString>().Select(static text => text.Value)];

    private static bool Fits(int count, string path, int most, FieldErrors errors)
    {
        if (most < 0 || count <= most)
        {
            return true;
        }
        errors.Add(FieldError.TooMany(path, count, most));
        return false;
    }

    private static void Unique(List<JsonValue> keys, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Count; i++)
        {
            if (!seen.Add(keys[i].ToString()))
            {
                errors.Duplicate($"{path}[{i}]", keys[i]);
            }
        }
    }
}

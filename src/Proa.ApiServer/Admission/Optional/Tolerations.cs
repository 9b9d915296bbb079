using Proa.Api.Json;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>What pods tolerate, put together and compared as the original does. Pure.</summary>
internal static class Tolerations
{
    public static List<JsonObject> Of(JsonObject? spec) => [.. (spec?.Array("tolerations") ?? []).OfType<JsonObject>()];

    /// <summary>One of the same key, effect, operator and value is replaced.</summary>
    public static void AddOrReplace(JsonObject spec, JsonObject toleration)
    {
        var made = new List<JsonValue>();
        var replaced = false;
        foreach (var item in Of(spec))
        {
            var same = Text(item, "key") == Text(toleration, "key") && Text(item, "effect") == Text(toleration, "effect")
                && Text(item, "operator") == Text(toleration, "operator") && Text(item, "value") == Text(toleration, "value");
            if (same && item.DeepEquals(toleration))
            {
                return;
            }
            made.Add(same ? toleration.Clone() : item);
            replaced |= same;
        }
        if (!replaced)
        {
            made.Add(toleration);
        }
        spec["tolerations"] = new JsonArray(made);
    }

    /// <summary>Both, without those that another one covers.</summary>
    public static JsonArray Merge(IEnumerable<JsonObject> first, IEnumerable<JsonObject> second)
    {
        List<JsonObject> all = [.. first, .. second];
        var merged = new List<JsonObject>();
        for (var i = 0; i < all.Count; i++)
        {
            var one = all[i];
            if (!merged.Exists(kept => Covers(kept, one)) && !all.Skip(i + 1).Any(later => !one.DeepEquals(later) && Covers(later, one)))
            {
                merged.Add(one);
            }
        }
        return new(merged.Select(static item => item.Clone()));
    }

    /// <summary>Each is covered by one of the list; an empty list allows everything.</summary>
    public static bool AreAllowed(IEnumerable<JsonObject> tolerations, IReadOnlyList<JsonObject> allowed) =>
        allowed.Count == 0 || tolerations.All(one => allowed.Any(wide => Covers(wide, one)));

    /// <summary>Whatever the narrow one tolerates, the wide one does.</summary>
    private static bool Covers(JsonObject wide, JsonObject narrow)
    {
        if (wide.DeepEquals(narrow))
        {
            return true;
        }
        var exists = Text(wide, "operator") == "Exists";
        if ((Text(narrow, "key") != Text(wide, "key") && !(Text(wide, "key").Length == 0 && exists))
            || (Text(narrow, "effect") != Text(wide, "effect") && Text(wide, "effect").Length > 0))
        {
            return false;
        }
        if (Text(wide, "effect") == "NoExecute" && wide.Int("tolerationSeconds") is { } most && !(narrow.Int("tolerationSeconds") <= most))
        {
            return false;
        }
        return exists || (Text(wide, "operator") is "Equal" or "" && Text(narrow, "operator") == "Equal" && Text(narrow, "value") == Text(wide, "value"));
    }

    private static string Text(JsonObject toleration, string name) => toleration.String(name) ?? "";
}

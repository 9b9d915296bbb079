using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>Lays an applied configuration over a live object: the configuration wins field by field, leaves are taken whole.</summary>
internal static class TypedMerge
{
    /// <summary>A new tree; neither argument is changed.</summary>
    public static JsonValue Merge(SchemaNode? node, JsonValue? live, JsonValue? applied)
    {
        if (applied is null)
        {
            return live!.Clone();
        }
        if (live is null or JsonNull)
        {
            return applied.Clone();
        }
        switch (FieldWalk.Form(node, applied))
        {
            case FieldForm.Members when live is JsonObject before:
                var merged = before.CloneObject();
                foreach (var (name, value) in (JsonObject)applied)
                {
                    merged[name] = Merge(FieldWalk.Member(node, name), before[name], value);
                }
                return merged;
            case FieldForm.Items when live is JsonArray items:
                return MergeItems(node!, items, (JsonArray)applied);
            default:
                return applied.Clone();
        }
    }

    /// <summary>
    /// The order of the result: items that both have stand in the applied order; items that only one side has keep their
    /// place before the shared item that they stood before, the live list's first.
    /// </summary>
    private static JsonArray MergeItems(SchemaNode list, JsonArray live, JsonArray applied)
    {
        var liveKeys = Keys(list, live);
        var appliedKeys = Keys(list, applied);
        var liveAt = Places(liveKeys);
        var appliedAt = Places(appliedKeys);
        var shared = new Queue<string>(appliedKeys.Where(liveAt.ContainsKey));
        var merged = new HashSet<string>(StringComparer.Ordinal);
        var result = new JsonArray();
        var (l, r) = (0, 0);
        while (l < live.Count || r < applied.Count)
        {
            if (l < live.Count && !(r < applied.Count && liveKeys[l] == appliedKeys[r]))
            {
                if (!appliedAt.ContainsKey(liveKeys[l]))
                {
                    result.Add(live[l++].Clone());
                    continue;
                }
                // Shared, but not the one that comes next, or taken already.
                if (merged.Contains(liveKeys[l]) || (r < applied.Count && shared.Count > 0 && shared.Peek() != liveKeys[l]))
                {
                    l++;
                    continue;
                }
            }
            if (r == applied.Count)
            {
                l++;
                continue;
            }
            var key = appliedKeys[r];
            result.Add(Merge(list.Element, liveAt.TryGetValue(key, out var place) ? live[place] : null, applied[r]));
            merged.Add(key);
            if (shared.Count > 0 && shared.Peek() == key)
            {
                shared.Dequeue();
            }
            if (l < live.Count && liveKeys[l] == key)
            {
                l++;
            }
            r++;
        }
        return result;
    }

    // An item without its keys is told from all others by its place.
    private static List<string> Keys(SchemaNode list, JsonArray items)
    {
        var keys = new List<string>(items.Count);
        foreach (var item in items)
        {
            keys.Add(PathElement.Item(list, item) ?? $"i:{keys.Count}");
        }
        return keys;
    }

    private static Dictionary<string, int> Places(List<string> keys)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Count; i++)
        {
            places.TryAdd(keys[i], i);
        }
        return places;
    }
}

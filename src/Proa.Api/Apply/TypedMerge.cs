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
    /// The order of the result: items that both have stand in the applied order; items that only the live list has keep
    /// their place before the shared item that they stood before; items that only the configuration has follow the item
    /// they follow there.
    /// </summary>
    private static JsonArray MergeItems(SchemaNode list, JsonArray live, JsonArray applied)
    {
        var liveKeys = live.Select(item => PathElement.Item(list, item)).ToList();
        var appliedKeys = applied.Select(item => PathElement.Item(list, item)).ToList();
        var inApplied = appliedKeys.Where(key => key is not null).ToHashSet();
        var liveAt = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < liveKeys.Count; i++)
        {
            if (liveKeys[i] is { } key)
            {
                liveAt.TryAdd(key, i);
            }
        }
        var result = new JsonArray();
        var next = 0;
        for (var i = 0; i < applied.Count; i++)
        {
            var place = appliedKeys[i] is { } key && liveAt.TryGetValue(key, out var found) ? found : -1;
            if (place >= 0)
            {
                // What only the live list has, up to this shared item.
                for (; next < place; next++)
                {
                    TakeLiveOnly(next);
                }
            }
            result.Add(Merge(list.Element, place >= 0 ? live[place] : null, applied[i]));
        }
        for (; next < live.Count; next++)
        {
            TakeLiveOnly(next);
        }
        return result;

        void TakeLiveOnly(int at)
        {
            if (liveKeys[at] is not { } key || !inApplied.Contains(key))
            {
                result.Add(live[at].Clone());
            }
        }
    }
}

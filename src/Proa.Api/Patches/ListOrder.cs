using Proa.Api.Json;

namespace Proa.Api.Patches;

/// <summary>The order of a merged list: the patch's items in the patch's order, the rest where the live list had them.</summary>
internal static class ListOrder
{
    public static JsonArray Arrange(JsonArray merged, JsonArray order, JsonArray live, string? key)
    {
        var named = new List<(int Rank, JsonValue Item)>();
        var rest = new List<(int Rank, JsonValue Item)>();
        foreach (var item in merged)
        {
            var rank = Find(order, item, key);
            if (rank >= 0)
            {
                named.Add((rank, item));
            }
            else
            {
                rest.Add((Find(live, item, key), item));
            }
        }
        named = [.. named.OrderBy(n => n.Rank)];
        rest = [.. rest.OrderBy(r => r.Rank)];
        var result = new JsonArray();
        var (i, j) = (0, 0);
        while (i < rest.Count || j < named.Count)
        {
            if (j == named.Count || (i < rest.Count && rest[i].Rank >= 0 && Find(live, named[j].Item, key) is var at and >= 0 && rest[i].Rank < at))
            {
                result.Add(rest[i++].Item);
            }
            else
            {
                result.Add(named[j++].Item);
            }
        }
        return result;
    }

    /// <summary>The place of an item; <paramref name="value"/> is an item, or a key's bare value.</summary>
    public static int Find(JsonArray list, JsonValue value, string? key)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (Same(list[i], value, key))
            {
                return i;
            }
        }
        return -1;
    }

    public static bool Same(JsonValue a, JsonValue b, string? key) => key is null ? a.DeepEquals(b) : KeyOf(a, key).DeepEquals(KeyOf(b, key));

    private static JsonValue KeyOf(JsonValue item, string key) => item is JsonObject obj ? obj[key] ?? JsonNull.Instance : item;
}

using System.Text;
using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>Path elements in the API's notation.</summary>
internal static class PathElement
{
    public static string Field(string name) => "f:" + name;

    /// <summary>The element that tells a list's item apart; null when the item lacks a key that has no default.</summary>
    public static string? Item(SchemaNode list, JsonValue item)
    {
        if (list.ListType == ListType.Set)
        {
            return "v:" + item;
        }
        if (item is not JsonObject o)
        {
            return null;
        }
        var keys = new JsonObject();
        foreach (var name in list.ListKeys.Order(StringComparer.Ordinal))
        {
            var value = o[name] ?? (list.Element!.TryMember(name, out var field) ? field.Default : null);
            if (value is null)
            {
                // An absent key is a key too, as long as another one is there.
                continue;
            }
            keys[name] = value;
        }
        return keys.Count == 0 ? null : "k:" + keys;
    }

    /// <summary>As messages print it: <c>.name</c>, <c>[name="a"]</c>, <c>[="value"]</c>, <c>[0]</c>.</summary>
    public static string Display(string element)
    {
        var rest = element[2..];
        switch (element[0])
        {
            case 'f':
                return "." + rest;
            case 'v':
                return $"[={rest}]";
            case 'k' when JsonTree.Parse(rest) is JsonObject keys:
                var text = new StringBuilder("[");
                foreach (var (name, value) in keys)
                {
                    text.Append(text.Length > 1 ? "," : "").Append(name).Append('=').Append(value);
                }
                return text.Append(']').ToString();
            default:
                return $"[{rest}]";
        }
    }
}

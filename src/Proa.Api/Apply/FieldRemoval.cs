using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>Takes fields out of an object.</summary>
internal static class FieldRemoval
{
    /// <summary>A new tree without the set's members; null when nothing is left of it.</summary>
    public static JsonValue? Remove(SchemaNode? node, JsonValue value, FieldSet items)
    {
        switch (FieldWalk.Form(node, value))
        {
            case FieldForm.Members:
                var kept = new JsonObject();
                foreach (var (name, member) in (JsonObject)value)
                {
                    var below = items.Find(PathElement.Field(name));
                    if (below?.IsMember != true)
                    {
                        // A field of which nothing is left is null, not absent: another may own the field itself.
                        kept[name] = Keep(FieldWalk.Member(node, name), member, below) ?? JsonNull.Instance;
                    }
                }
                return kept.Count > 0 || ((JsonObject)value).Count == 0 ? kept : null;
            case FieldForm.Items:
                var left = new JsonArray();
                foreach (var item in (JsonArray)value)
                {
                    var below = PathElement.Item(node!, item) is { } element ? items.Find(element) : null;
                    if (Keep(node!.Element, item, below) is { } rest)
                    {
                        left.Add(rest);
                    }
                }
                return left.Count > 0 || ((JsonArray)value).Count == 0 ? left : null;
            default:
                return value.Clone();
        }
    }

    /// <summary>The set with every named field on the way to a member made a member too.</summary>
    public static FieldSet WithNamedFields(SchemaNode? node, FieldSet set)
    {
        var result = new FieldSet();
        if (set.IsMember)
        {
            result.Add();
        }
        foreach (var (element, child) in set.Children)
        {
            var name = element.StartsWith("f:", StringComparison.Ordinal) ? element[2..] : null;
            var below = WithNamedFields(name is null ? node?.Element : FieldWalk.Member(node, name), child);
            if (name is not null && FieldWalk.IsNamed(node, name))
            {
                below.Add();
            }
            result.Put(element, below);
        }
        return result;
    }

    private static JsonValue? Keep(SchemaNode? node, JsonValue value, FieldSet? below) =>
        below is null ? value.Clone() : below.IsMember ? null : Remove(node, value, below);
}

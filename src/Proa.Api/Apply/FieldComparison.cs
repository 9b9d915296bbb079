using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>What differs between two states of an object, as field sets.</summary>
internal sealed class FieldComparison
{
    /// <summary>Fields that are new or have another value.</summary>
    public FieldSet Changed { get; } = new();

    public FieldSet Removed { get; } = new();

    public bool IsSame => Changed.IsEmpty && Removed.IsEmpty;

    public static FieldComparison Of(SchemaNode? node, JsonValue? before, JsonValue? after)
    {
        var comparison = new FieldComparison();
        Walk(node, before, after, comparison.Changed, comparison.Removed);
        return comparison;
    }

    private static void Walk(SchemaNode? node, JsonValue? before, JsonValue? after, FieldSet changed, FieldSet removed)
    {
        if (before is null && after is null)
        {
            return;
        }
        var form = FieldWalk.Form(node, after is null or JsonNull ? before ?? after! : after);
        if (form == FieldForm.Leaf || (IsNothing(before) && IsNothing(after)))
        {
            Leaf(before, after, changed, removed);
            return;
        }
        // A new object or list is itself a new field, besides what is in it.
        if (before is null)
        {
            changed.Add();
        }
        else if (after is null)
        {
            removed.Add();
        }
        if (form == FieldForm.Members)
        {
            Members(node, before as JsonObject, after as JsonObject, changed, removed);
        }
        else
        {
            Items(node!, before as JsonArray, after as JsonArray, changed, removed);
        }
    }

    private static void Members(SchemaNode? node, JsonObject? before, JsonObject? after, FieldSet changed, FieldSet removed)
    {
        foreach (var (name, value) in before ?? new JsonObject())
        {
            Step(PathElement.Field(name), FieldWalk.Member(node, name), value, after?[name], changed, removed);
        }
        foreach (var (name, value) in after ?? new JsonObject())
        {
            if (before?.ContainsKey(name) != true)
            {
                Step(PathElement.Field(name), FieldWalk.Member(node, name), null, value, changed, removed);
            }
        }
    }

    private static void Items(SchemaNode list, JsonArray? before, JsonArray? after, FieldSet changed, FieldSet removed)
    {
        var old = Index(list, before);
        var current = Index(list, after);
        foreach (var (element, item) in old)
        {
            Step(element, list.Element, item, current.GetValueOrDefault(element), changed, removed);
        }
        foreach (var (element, item) in current)
        {
            if (!old.ContainsKey(element))
            {
                Step(element, list.Element, null, item, changed, removed);
            }
        }
    }

    private static void Step(string element, SchemaNode? node, JsonValue? before, JsonValue? after, FieldSet changed, FieldSet removed)
    {
        if (before is not null && ReferenceEquals(before, after))
        {
            return;
        }
        Walk(node, before, after, changed.Below(element), removed.Below(element));
        changed.Trim(element);
        removed.Trim(element);
    }

    private static void Leaf(JsonValue? before, JsonValue? after, FieldSet changed, FieldSet removed)
    {
        if (after is null)
        {
            removed.Add();
        }
        else if (before is null || !before.DeepEquals(after))
        {
            changed.Add();
        }
    }

    private static bool IsNothing(JsonValue? value) => value is null or JsonNull or JsonObject { Count: 0 } or JsonArray { Count: 0 };

    private static Dictionary<string, JsonValue> Index(SchemaNode list, JsonArray? items)
    {
        var index = new Dictionary<string, JsonValue>(StringComparer.Ordinal);
        foreach (var item in items ?? [])
        {
            if (PathElement.Item(list, item) is { } element)
            {
                index.TryAdd(element, item);
            }
        }
        return index;
    }
}

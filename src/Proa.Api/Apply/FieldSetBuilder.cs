using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>The set of all fields that an object sets: what an applier owns.</summary>
internal static class FieldSetBuilder
{
    public static FieldSet Of(SchemaNode? node, JsonValue value)
    {
        var set = new FieldSet();
        Walk(node, value, set);
        return set;
    }

    private static void Walk(SchemaNode? node, JsonValue value, FieldSet set)
    {
        switch (FieldWalk.Form(node, value))
        {
            case FieldForm.Members:
                foreach (var (name, member) in (JsonObject)value)
                {
                    var below = set.Below(PathElement.Field(name));
                    Walk(FieldWalk.Member(node, name), member, below);
                    if (member is JsonNull or JsonObject { Count: 0 } || !FieldWalk.IsNamed(node, name))
                    {
                        below.Add();
                    }
                    set.Trim(PathElement.Field(name));
                }
                break;
            case FieldForm.Items:
                foreach (var item in (JsonArray)value)
                {
                    if (PathElement.Item(node!, item) is { } element)
                    {
                        var below = set.Below(element);
                        Walk(node!.Element, item, below);
                        below.Add();
                    }
                }
                break;
            default:
                set.Add();
                break;
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Schema;

namespace Proa.Api.Apply;

/// <summary>How field ownership sees a value: as one leaf, as members, or as items that are told apart.</summary>
internal enum FieldForm
{
    Leaf,
    Members,
    Items,
}

/// <summary>The rules that all walks share.</summary>
internal static class FieldWalk
{
    public static FieldForm Form(SchemaNode? node, JsonValue value)
    {
        if (node is { IsAtomic: true })
        {
            return FieldForm.Leaf;
        }
        return value switch
        {
            JsonObject => FieldForm.Members,
            JsonArray when node is { Kind: SchemaKind.List, ListType: not ListType.Atomic } => FieldForm.Items,
            _ => FieldForm.Leaf,
        };
    }

    /// <summary>The member's node; null where the schema knows nothing, and the value itself tells the form.</summary>
    public static SchemaNode? Member(SchemaNode? node, string name) => node is not null && node.TryMember(name, out var member) ? member : null;

    /// <summary>True for a field that the type names, false for a map's key.</summary>
    public static bool IsNamed(SchemaNode? node, string name) => node is { Kind: SchemaKind.Object } && node.Fields.TryGet(name, out _);
}

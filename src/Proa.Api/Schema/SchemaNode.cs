using System.Diagnostics.CodeAnalysis;
using Proa.Api.Json;
using Proa.Api.Protobuf;

namespace Proa.Api.Schema;

/// <summary>
/// What is known of one place in an object: its kind, its fields or elements, and how it merges. Immutable and thread-safe;
/// the fields of a referred type are read at their first use, so recursive types are no trouble.
/// </summary>
public sealed class SchemaNode
{
    private readonly SchemaRegistry? _registry;
    private SchemaFields? _fields;
    private SchemaNode? _objectForm;

    internal SchemaNode(SchemaRegistry? registry = null) => _registry = registry;

    public SchemaKind Kind { get; internal init; }

    /// <summary>The short name of the type, such as <c>core.v1.Container</c>; null for a plain map, list or scalar.</summary>
    public string? TypeName { get; internal init; }

    /// <summary>Of a list or a map.</summary>
    public SchemaNode? Element { get; internal init; }

    public ListType ListType { get; internal init; }

    /// <summary>The fields that tell a map-like list's items apart.</summary>
    public IReadOnlyList<string> ListKeys { get; internal init; } = [];

    /// <summary>An object or map that field ownership treats as one value.</summary>
    public bool IsAtomic { get; internal init; }

    /// <summary>Strategic merge: lists merge by <see cref="MergeKey"/> (or as sets of scalars).</summary>
    public bool PatchMerge { get; internal init; }

    /// <summary>Strategic merge: of an object that is a union, keys not named by the patch go.</summary>
    public bool PatchRetainKeys { get; internal init; }

    /// <summary>Strategic merge: the patch's value is taken whole.</summary>
    public bool PatchReplace { get; internal init; }

    public string? MergeKey { get; internal init; }

    public JsonValue? Default { get; internal init; }

    public IReadOnlyList<string> Enum { get; internal init; } = [];

    public bool Required { get; internal init; }

    public Presence Presence { get; internal init; }

    /// <summary>The protobuf field number; a path where the wire embeds a message that JSON does not show. Empty: none.</summary>
    internal int[] WireNumber { get; init; } = [];

    public bool IsScalar => Kind is not (SchemaKind.Object or SchemaKind.Map or SchemaKind.List or SchemaKind.Any);

    /// <summary>What a custom resource's schema says beyond the above; null in built-in schemas.</summary>
    public StructuralRules? Rules { get; internal init; }

    /// <summary>Of an object; empty for all else.</summary>
    public SchemaFields Fields
    {
        get => _fields ??= Kind == SchemaKind.Object && _registry is not null && TypeName is not null
            ? _registry.FieldsOf(TypeName)
            : SchemaFields.None;
        internal init => _fields = value;
    }

    /// <summary>Of a value that is a schema or something else, in a definition's schema: what it is as an object; null for all else.</summary>
    internal SchemaNode? ObjectForm => _objectForm ??= Kind == SchemaKind.Any && TypeName is not null && JsonSchemaUnion.Of(this) is not null
        ? _registry?.TypeNode(JsonSchemaUnion.Schema)
        : null;

    /// <summary>The node of a member of an object or map; false when the schema does not know it.</summary>
    public bool TryMember(string name, [NotNullWhen(true)] out SchemaNode? member)
    {
        if (Kind == SchemaKind.Map)
        {
            member = Element!;
            return true;
        }
        return Fields.TryGet(name, out member);
    }

    /// <summary>The node at a path of member names; lists are entered without naming the item. Null when unknown.</summary>
    public SchemaNode? Find(params ReadOnlySpan<string> path)
    {
        var node = this;
        foreach (var name in path)
        {
            while (node.Kind == SchemaKind.List)
            {
                node = node.Element!;
            }
            if (!node.TryMember(name, out var member))
            {
                return null;
            }
            node = member;
        }
        return node;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using Proa.Api.Cel.Checking;
using Proa.Api.Json;

namespace Proa.Api.Schema.Expressions;

/// <summary>
/// What expressions know of a place in an object: its type, and bounds of its size that follow from the schema and from the
/// largest request. Immutable.
/// </summary>
public sealed class DeclaredType : ICelFields
{
    internal const long MaxRequest = 3 * 1024 * 1024;

    private const long MaxText = MaxRequest - 2;

    private static readonly DeclaredType s_text = new(CelType.String, MaxText, 2);

    private readonly Dictionary<string, (string Name, DeclaredType Type)>? _fields;

    private DeclaredType(CelType type, long maxElements, long minSize, DeclaredType? element = null, SchemaNode? node = null) =>
        (Type, MaxElements, MinSize, Element, Node) = (type, maxElements, minSize, element, node);

    private DeclaredType(string typeName, Dictionary<string, (string Name, DeclaredType Type)> fields, long minSize, SchemaNode? node)
    {
        _fields = fields;
        (Type, MinSize, Node) = (CelType.StructOf(typeName, this), minSize, node);
    }

    public CelType Type { get; }

    /// <summary>How many elements or characters there may be; 0 for what has none.</summary>
    internal long MaxElements { get; }

    /// <summary>The fewest bytes that it takes in JSON.</summary>
    internal long MinSize { get; }

    internal DeclaredType? Element { get; }

    internal SchemaNode? Node { get; }

    internal bool IsObject => _fields is not null;

    /// <summary>Of a node of a schema; null: expressions cannot see it.</summary>
    /// <param name="isRoot">A whole resource: its kind and name are always there.</param>
    public static DeclaredType? Of(SchemaNode node, bool isRoot, string typeName) => Of(node, isRoot, typeName, []);

    /// <param name="within">The built-in types that are being read: one that holds itself ends there.</param>
    private static DeclaredType? Of(SchemaNode node, bool isRoot, string typeName, HashSet<string> within)
    {
        if (node is not { Kind: SchemaKind.Object, TypeName: { } name })
        {
            return Read(node, isRoot, typeName, within);
        }
        if (!within.Add(name))
        {
            return null;
        }
        var type = Read(node, isRoot, typeName, within);
        within.Remove(name);
        return type;
    }

    private static DeclaredType? Read(SchemaNode node, bool isRoot, string typeName, HashSet<string> within)
    {
        switch (node.Kind)
        {
            case SchemaKind.IntOrString:
                return new(CelType.Dyn, node.Rules?.MaxLength is { } length ? Positive(length) * 4 : MaxText, 1, null, node);
            case SchemaKind.List:
                return node.Element is { } items && Of(items, IsEmbedded(items), typeName + ".@idx", within) is { } item
                    ? new(CelType.ListOf(item.Type), node.Rules?.MaxItems is { } most ? Positive(most) : (MaxRequest - 2) / (item.MinSize + 1), 2, item, node)
                    : null;
            case SchemaKind.Map:
                if (node.Element is { Kind: SchemaKind.Any, Rules.PreserveUnknown: true })
                {
                    return new(typeName, [], 2, node);
                }
                return node.Element is { } values && Of(values, IsEmbedded(values), typeName + ".@elem", within) is { } value
                    ? new(CelType.MapOf(CelType.String, value.Type), node.Rules?.MaxProperties is { } entries ? Positive(entries) : (MaxRequest - 2) / (value.MinSize + 6), 2, value, node)
                    : null;
            case SchemaKind.Object:
                return node.Rules is { Type: "" } && !isRoot ? null : Object(node, isRoot, typeName, within);
            case SchemaKind.String or SchemaKind.Quantity:
                return Text(node);
            case SchemaKind.Bytes:
                return new(CelType.Bytes, MaxText, 2, null, node);
            case SchemaKind.Time or SchemaKind.MicroTime:
                return new(CelType.Timestamp, 32, 21, null, node);
            case SchemaKind.Bool:
                return new(CelType.Bool, 0, 4, null, node);
            case SchemaKind.Double:
                return new(CelType.Double, 0, 1, null, node);
            case SchemaKind.Int32 or SchemaKind.Int64:
                return new(CelType.Int, 0, 1, null, node);
            default:
                return null;
        }
    }

    /// <summary>The field that expressions know by a name.</summary>
    internal bool TryField(string escaped, out (string Name, DeclaredType Type) field)
    {
        field = default;
        return _fields is not null && _fields.TryGetValue(escaped, out field);
    }

    internal IEnumerable<(string Escaped, string Name, DeclaredType Type)> Fields => (_fields ?? []).Select(static f => (f.Key, f.Value.Name, f.Value.Type));

    bool ICelFields.TryGet(string name, [NotNullWhen(true)] out CelType? type)
    {
        type = TryField(name, out var field) ? field.Type.Type : null;
        return type is not null;
    }

    private static DeclaredType Object(SchemaNode node, bool isRoot, string typeName, HashSet<string> within)
    {
        var fields = new Dictionary<string, (string, DeclaredType)>(StringComparer.Ordinal);
        var minSize = 2L;
        foreach (var (name, member) in node.Fields)
        {
            DeclaredType? type;
            if (isRoot && name is "apiVersion" or "kind")
            {
                type = s_text;
            }
            else if (isRoot && name == "metadata" && node.Rules is not null)
            {
                type = new($"{typeName}.metadata", new(StringComparer.Ordinal) { ["name"] = ("name", s_text), ["generateName"] = ("generateName", s_text) }, 2, null);
            }
            else
            {
                type = Of(member, IsEmbedded(member), $"{typeName}.{name}", within);
            }
            if (type is null)
            {
                continue;
            }
            if (FieldNames.Escape(name) is { } escaped)
            {
                fields[escaped] = (name, type);
            }
            if (member.Required && member.Default is null)
            {
                minSize += Encoding.UTF8.GetByteCount(name) + type.MinSize + 4;
            }
        }
        return new(typeName, fields, minSize, node);
    }

    private static DeclaredType Text(SchemaNode node)
    {
        var rules = node.Rules;
        switch (rules?.Format)
        {
            case "byte":
                return new(CelType.Bytes, rules.MaxLength is { } bytes ? Positive(bytes) : MaxText, 2, null, node);
            case "duration":
                return new(CelType.Duration, 32, 3, null, node);
            case "date":
                return new(CelType.Timestamp, 12, 12, null, node);
            case "date-time":
                return new(CelType.Timestamp, 32, 21, null, node);
        }
        var length = rules?.MaxLength is { } max ? Positive(max) * 4
            : rules?.Enum is { Count: > 0 } allowed ? allowed.Max(static value => value is JsonString text ? Encoding.UTF8.GetByteCount(text.Value) : 0)
            : MaxText;
        return new(CelType.String, length, 2, null, node);
    }

    private static bool IsEmbedded(SchemaNode node) => node.Rules?.EmbeddedResource == true;

    private static long Positive(long value) => Math.Max(0, value);
}

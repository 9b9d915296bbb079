using Proa.Api.Schema;

namespace Proa.Api.Protobuf;

/// <summary>An object type's fields by their protobuf numbers. Immutable.</summary>
public sealed class WireFields
{
    private readonly Dictionary<int, WireField> _byNumber = [];

    internal WireFields(IEnumerable<KeyValuePair<string, SchemaNode>> fields)
    {
        foreach (var (name, node) in fields)
        {
            Put(name, node, node.WireNumber);
        }
    }

    /// <summary>All of them by ascending number.</summary>
    internal IReadOnlyList<KeyValuePair<int, WireField>> InOrder => field ??= [.. _byNumber.OrderBy(static pair => pair.Key)];

    private WireFields()
    {
    }

    internal bool TryGet(int number, out WireField field) => _byNumber.TryGetValue(number, out field);

    private void Put(string name, SchemaNode node, ReadOnlySpan<int> path)
    {
        switch (path)
        {
            case []:
                break;
            case [var number]:
                _byNumber[number] = new(name, node, null);
                break;
            default:
                if (!_byNumber.TryGetValue(path[0], out var group))
                {
                    _byNumber[path[0]] = group = new(null, null, new());
                }
                group.Embedded!.Put(name, node, path[1..]);
                break;
        }
    }
}

/// <summary>A field, or a message on the wire whose fields JSON shows as the object's own.</summary>
internal readonly record struct WireField(string? Name, SchemaNode? Node, WireFields? Embedded);

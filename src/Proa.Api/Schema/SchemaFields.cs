using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Proa.Api.Protobuf;

namespace Proa.Api.Schema;

/// <summary>The fields of an object type. Immutable.</summary>
public sealed class SchemaFields : IReadOnlyCollection<KeyValuePair<string, SchemaNode>>
{
    public static readonly SchemaFields None = new([]);

    private readonly Dictionary<string, SchemaNode> _byName;

    internal SchemaFields(Dictionary<string, SchemaNode> byName)
    {
        _byName = byName;
        Filled = [.. byName.Where(f => f.Value.Presence is Presence.Always or Presence.NullWhenUnset)];
        Defaulted = [.. byName.Where(f => f.Value.Default is not null)];
    }

    public int Count => _byName.Count;

    /// <summary>The same by protobuf number; made at the first use.</summary>
    internal WireFields Wire => field ??= new(_byName);

    /// <summary>Those that are printed even when nobody set them.</summary>
    internal KeyValuePair<string, SchemaNode>[] Filled { get; }

    internal KeyValuePair<string, SchemaNode>[] Defaulted { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out SchemaNode? node) => _byName.TryGetValue(name, out node);

    public IEnumerator<KeyValuePair<string, SchemaNode>> GetEnumerator() => _byName.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

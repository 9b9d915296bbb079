using Proa.Api.Cel.Checking;

namespace Proa.Api.Cel.Values;

/// <summary>A map of values, or an object with fields.</summary>
public abstract class CelMap
{
    public abstract int Count { get; }

    /// <summary>Not null: it is an object of this type, not a map.</summary>
    public virtual CelType? ObjectType => null;

    public abstract bool TryGet(in CelValue key, out CelValue value);

    public abstract IEnumerable<CelValue> Keys { get; }

    /// <summary>Compares as the owner of the map defines it; null: key by key.</summary>
    public virtual CelValue? EqualTo(CelMap other) => null;
}

/// <summary>A map that the evaluation made. Keys keep the order in which they were written.</summary>
internal sealed class CelValueMap(CelType? objectType = null) : CelMap
{
    private readonly List<CelValue> _keys = [];
    private readonly Dictionary<CelValue, CelValue> _values = new(CelKeyComparer.Instance);

    public override int Count => _values.Count;

    public override CelType? ObjectType => objectType;

    public override IEnumerable<CelValue> Keys => _keys;

    public override bool TryGet(in CelValue key, out CelValue value) => _values.TryGetValue(key, out value);

    /// <summary>Only while it is being built and nobody else has it.</summary>
    /// <returns>False when the key is there already.</returns>
    public bool TryAdd(CelValue key, CelValue value)
    {
        if (!_values.TryAdd(key, value))
        {
            return false;
        }
        _keys.Add(key);
        return true;
    }
}

/// <summary>Keys are booleans, numbers and strings; whole numbers of any kind are one key.</summary>
internal sealed class CelKeyComparer : IEqualityComparer<CelValue>
{
    public static readonly CelKeyComparer Instance = new();

    public bool Equals(CelValue x, CelValue y) => CelEquality.Equal(x, y).IsTrue;

    public int GetHashCode(CelValue key) => key.Kind switch
    {
        CelKind.String => key.AsString.GetHashCode(StringComparison.Ordinal),
        CelKind.Bool => key.AsBool ? 1 : 2,
        CelKind.Int => key.AsInt.GetHashCode(),
        CelKind.Uint => key.AsUint <= long.MaxValue ? ((long)key.AsUint).GetHashCode() : key.AsUint.GetHashCode(),
        CelKind.Double => Math.Floor(key.AsDouble) == key.AsDouble && Math.Abs(key.AsDouble) < 9e18 ? ((long)key.AsDouble).GetHashCode() : 0,
        _ => 0,
    };
}

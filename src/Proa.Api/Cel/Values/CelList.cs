namespace Proa.Api.Cel.Values;

/// <summary>A list of values.</summary>
public abstract class CelList
{
    public abstract int Count { get; }

    public abstract CelValue this[int index] { get; }

    /// <summary>Compares as the owner of the list defines it; null: item by item.</summary>
    public virtual CelValue? EqualTo(CelList other) => null;

    /// <summary>Both lists in turn, as the owner of the first defines it; null: one after the other.</summary>
    public virtual CelList? Plus(CelList other) => null;
}

/// <summary>A list that the evaluation made.</summary>
internal sealed class CelValueList : CelList
{
    public static readonly CelValueList Empty = new([]);

    private readonly List<CelValue> _items;

    public CelValueList() => _items = [];

    public CelValueList(List<CelValue> items) => _items = items;

    public override int Count => _items.Count;

    public override CelValue this[int index] => _items[index];

    /// <summary>Only while it is being built and nobody else has it.</summary>
    public void Add(CelValue value) => _items.Add(value);
}

namespace Proa.Store.Index;

internal sealed class TreeLeaf(StoredObject[] items) : TreeNode
{
    private readonly StoredObject[] _items = items;

    // Made when a query first asks; whichever thread's stays is as good as another's.
    private LeafTerms? _terms;

    public override int Count => _items.Length;

    public override int Width => _items.Length;

    public override StoredObject First => _items[0];

    public ReadOnlySpan<StoredObject> Items => _items;

    public override TreeLeaf LeafAt(int index, out int offset)
    {
        offset = index;
        return this;
    }

    public override bool Visit(int start, int end, LeafVisitor visitor) => visitor.Take(this, start, end);

    /// <summary>False: none of its objects has a term of each group.</summary>
    public bool MayHave(IReadOnlyList<IndexTerm[]> groups)
    {
        for (var i = 0; i < groups.Count; i++)
        {
            if (!(_terms ??= new LeafTerms(_items)).MayHaveOneOf(groups[i]))
            {
                return false;
            }
        }
        return true;
    }

    public override StoredObject? Find(string ns, string name)
    {
        var index = Search(ns, name);
        return index >= 0 ? _items[index] : null;
    }

    public override int Rank(string ns, string name)
    {
        var index = Search(ns, name);
        return index >= 0 ? index : ~index;
    }

    public override (TreeNode Node, TreeNode? Split) Set(StoredObject item)
    {
        var index = Search(item.Key.Namespace, item.Key.Name);
        if (index >= 0)
        {
            return (new TreeLeaf(ReplaceAt(_items, index, item)), null);
        }
        var wider = InsertAt(_items, ~index, item);
        if (wider.Length <= MaxWidth)
        {
            return (new TreeLeaf(wider), null);
        }
        var cut = SplitPoint(wider.Length, ~index);
        return (new TreeLeaf(wider[..cut]), new TreeLeaf(wider[cut..]));
    }

    public override TreeNode? Remove(string ns, string name)
    {
        var index = Search(ns, name);
        if (index < 0)
        {
            return this;
        }
        return _items.Length == 1 ? null : new TreeLeaf(RemoveAt(_items, index));
    }

    public override TreeNode Merge(TreeNode next) => new TreeLeaf([.. _items, .. ((TreeLeaf)next)._items]);

    private int Search(string ns, string name)
    {
        int low = 0, high = _items.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            ref readonly var key = ref _items[middle].KeyRef;
            var order = KeyOrder.Compare(key.Namespace, key.Name, ns, name);
            if (order == 0)
            {
                return middle;
            }
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return ~low;
    }
}

namespace Proa.Store.Index;

internal sealed class TreeBranch : TreeNode
{
    private readonly TreeNode[] _children;

    // The first object below each child, so that a search touches one array a level.
    private readonly StoredObject[] _firsts;

    public TreeBranch(TreeNode[] children)
    {
        _children = children;
        _firsts = new StoredObject[children.Length];
        for (var i = 0; i < children.Length; i++)
        {
            _firsts[i] = children[i].First;
            Count += children[i].Count;
        }
    }

    public override int Count { get; }

    public override int Width => _children.Length;

    public override StoredObject First => _firsts[0];

    /// <summary>A root with one child is no longer needed.</summary>
    public TreeNode? OnlyChild => _children.Length == 1 ? _children[0] : null;

    public override TreeLeaf LeafAt(int index, out int offset)
    {
        foreach (var child in _children)
        {
            if (index < child.Count)
            {
                return child.LeafAt(index, out offset);
            }
            index -= child.Count;
        }
        throw new ArgumentOutOfRangeException(nameof(index));
    }

    public override bool Visit(int start, int end, LeafVisitor visitor)
    {
        foreach (var child in _children)
        {
            if (end <= 0)
            {
                return true;
            }
            var count = child.Count;
            if (start < count && !child.Visit(Math.Max(start, 0), Math.Min(end, count), visitor))
            {
                return false;
            }
            start -= count;
            end -= count;
        }
        return true;
    }

    public override StoredObject? Find(string ns, string name) => _children[Search(ns, name)].Find(ns, name);

    public override int Rank(string ns, string name)
    {
        var index = Search(ns, name);
        var before = 0;
        for (var i = 0; i < index; i++)
        {
            before += _children[i].Count;
        }
        return before + _children[index].Rank(ns, name);
    }

    public override (TreeNode Node, TreeNode? Split) Set(StoredObject item)
    {
        var index = Search(item.Key.Namespace, item.Key.Name);
        var (node, split) = _children[index].Set(item);
        var children = ReplaceAt(_children, index, node);
        if (split is null)
        {
            return (new TreeBranch(children), null);
        }
        children = InsertAt(children, index + 1, split);
        if (children.Length <= MaxWidth)
        {
            return (new TreeBranch(children), null);
        }
        var cut = SplitPoint(children.Length, index + 1);
        return (new TreeBranch(children[..cut]), new TreeBranch(children[cut..]));
    }

    public override TreeNode? Remove(string ns, string name)
    {
        var index = Search(ns, name);
        var changed = _children[index].Remove(ns, name);
        if (ReferenceEquals(changed, _children[index]))
        {
            return this;
        }
        if (changed is null)
        {
            return _children.Length == 1 ? null : new TreeBranch(RemoveAt(_children, index));
        }
        var children = ReplaceAt(_children, index, changed);
        return new TreeBranch(changed.IsThin ? MergeAround(children, index) : children);
    }

    public override TreeNode Merge(TreeNode next) => new TreeBranch([.. _children, .. ((TreeBranch)next)._children]);

    private static TreeNode[] MergeAround(TreeNode[] children, int index)
    {
        if (index > 0 && children[index - 1].Width + children[index].Width <= MaxWidth)
        {
            index--;
        }
        else if (index + 1 >= children.Length || children[index].Width + children[index + 1].Width > MaxWidth)
        {
            return children;
        }
        var merged = children[index].Merge(children[index + 1]);
        return ReplaceAt(RemoveAt(children, index + 1), index, merged);
    }

    /// <summary>The last child whose first object is not after the key; the first child when there is none.</summary>
    private int Search(string ns, string name)
    {
        int low = 1, high = _firsts.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            ref readonly var key = ref _firsts[middle].KeyRef;
            if (KeyOrder.Compare(key.Namespace, key.Name, ns, name) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }
        return low - 1;
    }
}

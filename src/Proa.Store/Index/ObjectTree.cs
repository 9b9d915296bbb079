namespace Proa.Store.Index;

/// <summary>
/// A collection's objects in key order: a persistent B-tree. A change makes a new tree in O(log n) that shares all but one
/// path with the old one, so a snapshot is a reference.
/// </summary>
internal sealed class ObjectTree
{
    public static readonly ObjectTree Empty = new(null);

    private readonly TreeNode? _root;

    private ObjectTree(TreeNode? root) => _root = root;

    public int Count => _root?.Count ?? 0;

    /// <summary>The leaf that holds the object at this position, and where in it.</summary>
    public TreeLeaf LeafAt(int index, out int offset) =>
        (uint)index < (uint)Count ? _root!.LeafAt(index, out offset) : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Shows a visitor the leaves of a range, until it wants no more.</summary>
    public void Visit(int start, int end, LeafVisitor visitor) => _root?.Visit(start, end, visitor);

    /// <summary>How many objects come before this key.</summary>
    public int Rank(string ns, string name) => _root?.Rank(ns, name) ?? 0;

    /// <summary>Builds a tree of objects that are in order already.</summary>
    public static ObjectTree Build(List<StoredObject> sorted)
    {
        if (sorted.Count == 0)
        {
            return Empty;
        }
        // Three quarters full: room for what comes between.
        const int width = TreeNode.MaxWidth * 3 / 4;
        var level = new List<TreeNode>((sorted.Count / width) + 1);
        for (var i = 0; i < sorted.Count; i += width)
        {
            level.Add(new TreeLeaf([.. sorted.Slice(i, Math.Min(width, sorted.Count - i))]));
        }
        while (level.Count > 1)
        {
            var above = new List<TreeNode>((level.Count / width) + 1);
            for (var i = 0; i < level.Count; i += width)
            {
                above.Add(new TreeBranch([.. level.Slice(i, Math.Min(width, level.Count - i))]));
            }
            level = above;
        }
        return new ObjectTree(level[0]);
    }

    public StoredObject? Find(string ns, string name) => _root?.Find(ns, name);

    public ObjectTree Set(StoredObject item)
    {
        if (_root is null)
        {
            return new ObjectTree(new TreeLeaf([item]));
        }
        var (node, split) = _root.Set(item);
        return new ObjectTree(split is null ? node : new TreeBranch([node, split]));
    }

    public ObjectTree Remove(string ns, string name)
    {
        var root = _root?.Remove(ns, name);
        if (ReferenceEquals(root, _root))
        {
            return this;
        }
        while (root is TreeBranch { OnlyChild: { } child })
        {
            root = child;
        }
        return root is null ? Empty : new ObjectTree(root);
    }

    /// <summary>The objects of a namespace, or all of them.</summary>
    public ObjectSlice Slice(string? ns)
    {
        // No name is empty, and none starts with the highest character.
        return ns is null ? new ObjectSlice(this, 0, Count) : new ObjectSlice(this, Rank(ns, ""), Rank(ns, "\uffff"));
    }
}

namespace Proa.Store.Index;

/// <summary>
/// A node of <see cref="ObjectTree"/>. Immutable: a change answers with copies of the nodes on the path, and shares the rest.
/// </summary>
internal abstract class TreeNode
{
    /// <summary>
    /// Measured: 32 to 64 copy about 1 KB for a change among 100,000 objects; wider nodes copy more, narrower ones walk more.
    /// </summary>
    public const int MaxWidth = 48;

    protected const int MinWidth = MaxWidth / 4;

    /// <summary>How many objects are below.</summary>
    public abstract int Count { get; }

    /// <summary>How many entries are in this node itself.</summary>
    public abstract int Width { get; }

    public abstract StoredObject First { get; }

    public bool IsThin => Width < MinWidth;

    /// <summary>The leaf that holds the object at this position, and where in it.</summary>
    public abstract TreeLeaf LeafAt(int index, out int offset);

    public abstract StoredObject? Find(string ns, string name);

    /// <summary>How many objects come before this key.</summary>
    public abstract int Rank(string ns, string name);

    /// <summary>Shows a visitor the leaves of a range.</summary>
    /// <returns>False: it wants no more.</returns>
    public abstract bool Visit(int start, int end, LeafVisitor visitor);

    /// <summary>Adds or replaces.</summary>
    /// <returns>The node, or two of them when it got too wide.</returns>
    public abstract (TreeNode Node, TreeNode? Split) Set(StoredObject item);

    /// <returns>This node when the key is not there; null when nothing is left.</returns>
    public abstract TreeNode? Remove(string ns, string name);

    /// <summary>This node and the next one as one; only when their widths allow it.</summary>
    public abstract TreeNode Merge(TreeNode next);

    protected static T[] InsertAt<T>(T[] source, int index, T item)
    {
        var copy = new T[source.Length + 1];
        Array.Copy(source, copy, index);
        copy[index] = item;
        Array.Copy(source, index, copy, index + 1, source.Length - index);
        return copy;
    }

    protected static T[] RemoveAt<T>(T[] source, int index)
    {
        var copy = new T[source.Length - 1];
        Array.Copy(source, copy, index);
        Array.Copy(source, index + 1, copy, index, copy.Length - index);
        return copy;
    }

    protected static T[] ReplaceAt<T>(T[] source, int index, T item)
    {
        var copy = (T[])source.Clone();
        copy[index] = item;
        return copy;
    }

    /// <summary>Where to cut a node that got too wide: keys that only grow leave full nodes behind.</summary>
    protected static int SplitPoint(int width, int insertedAt) => insertedAt == width - 1 ? width - 1 : width / 2;
}

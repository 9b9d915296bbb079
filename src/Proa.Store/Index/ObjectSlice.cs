using System.Collections;

namespace Proa.Store.Index;

/// <summary>A range of a tree as a list: nothing is copied; an item is found in O(log n), the next one in O(1).</summary>
internal sealed class ObjectSlice(ObjectTree tree, int start, int end) : IReadOnlyList<StoredObject>
{
    public int Count => end - start;

    public StoredObject this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count)
            {
                throw new ArgumentOutOfRangeException(nameof(index));
            }
            return tree.LeafAt(start + index, out var offset).Items[offset];
        }
    }

    public ObjectSlice After(string ns, string name)
    {
        var rank = tree.Rank(ns, name);
        if (tree.Find(ns, name) is not null)
        {
            rank++;
        }
        return new ObjectSlice(tree, Math.Clamp(rank, start, end), end);
    }

    /// <inheritdoc cref="CollectionSnapshot.Select"/>
    public int Select(ObjectFilter? filter, long limit, List<StoredObject> chosen)
    {
        var visitor = new SelectingVisitor(filter, limit, chosen);
        tree.Visit(start, end, visitor);
        return visitor.Passed;
    }

    public IEnumerator<StoredObject> GetEnumerator()
    {
        var at = start;
        while (at < end)
        {
            var leaf = tree.LeafAt(at, out var offset);
            var until = Math.Min(leaf.Count, offset + end - at);
            at += until - offset;
            for (; offset < until; offset++)
            {
                yield return leaf.Items[offset];
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

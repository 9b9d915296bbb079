namespace Proa.Store.Index;

/// <summary>Takes the leaves of a range, in order.</summary>
internal abstract class LeafVisitor
{
    /// <summary>Objects <paramref name="start"/> to <paramref name="end"/> (not itself) of a leaf.</summary>
    /// <returns>False: no more is wanted.</returns>
    public abstract bool Take(TreeLeaf leaf, int start, int end);
}

namespace Proa.Store.Index;

/// <summary>Everything at one revision; immutable, swapped as a whole, so that no reader sees half a batch.</summary>
/// <param name="Trees">By <see cref="Collection.Ordinal"/>; a collection that came later is empty.</param>
internal sealed record StoreState(long Revision, ObjectTree[] Trees)
{
    public ObjectTree Tree(Collection collection) =>
        collection.Ordinal < Trees.Length ? Trees[collection.Ordinal] : ObjectTree.Empty;
}

namespace Proa.Store.Index;

/// <summary>The next state in the making: trees are taken from the one before until they are changed. Not thread-safe.</summary>
internal sealed class StateEdit(StoreState from)
{
    private ObjectTree[] _trees = from.Trees;
    private bool _ownsTrees;

    public ObjectTree Tree(Collection collection) => collection.Ordinal < _trees.Length ? _trees[collection.Ordinal] : ObjectTree.Empty;

    public void Set(Collection collection, ObjectTree tree)
    {
        if (!_ownsTrees || collection.Ordinal >= _trees.Length)
        {
            var copy = new ObjectTree[Math.Max(_trees.Length, collection.Ordinal + 1)];
            Array.Fill(copy, ObjectTree.Empty);
            _trees.CopyTo(copy, 0);
            _trees = copy;
            _ownsTrees = true;
        }
        _trees[collection.Ordinal] = tree;
    }

    public StoreState At(long revision) => new(revision, _trees);
}

namespace Proa.Store.Index;

/// <summary>Gathers loaded objects, in any order, into trees by resource. Not thread-safe.</summary>
internal sealed class LoadedTrees
{
    private readonly Dictionary<string, List<StoredObject>> _collections = new(StringComparer.Ordinal);

    public void Add(StoredObject obj)
    {
        if (!_collections.TryGetValue(obj.Key.Resource, out var objects))
        {
            _collections.Add(obj.Key.Resource, objects = []);
        }
        objects.Add(obj);
    }

    /// <param name="onTwice">Told of a key that came twice.</param>
    public IReadOnlyDictionary<string, ObjectTree> Build(Action<ObjectKey> onTwice)
    {
        var trees = new Dictionary<string, ObjectTree>(StringComparer.Ordinal);
        foreach (var (resource, objects) in _collections)
        {
            objects.Sort(static (left, right) => KeyOrder.Compare(left.KeyRef, right.KeyRef));
            for (var i = 1; i < objects.Count; i++)
            {
                if (objects[i].Key == objects[i - 1].Key)
                {
                    onTwice(objects[i].Key);
                }
            }
            trees.Add(resource, ObjectTree.Build(objects));
        }
        return trees;
    }
}

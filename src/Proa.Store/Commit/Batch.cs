using Proa.Store.Index;

namespace Proa.Store.Commit;

/// <summary>
/// Writes that become durable together: decides each one against the state that those before it make, and builds the state
/// after the last. Pure: nothing is seen by others until the batch is published.
/// </summary>
internal sealed class Batch
{
    private readonly StoreIndex _index;
    private readonly StateEdit _edit;

    public Batch(StoreIndex index)
    {
        _index = index;
        var state = index.State;
        _edit = new StateEdit(state);
        Revision = state.Revision;
    }

    /// <summary>The revision of the last write in it.</summary>
    public long Revision { get; private set; }

    public List<(Collection Collection, StoreChange Change)> Changes { get; } = [];

    public StoreState Next => _edit.At(Revision);

    /// <summary>Lets the first write come after a revision that was given out elsewhere.</summary>
    public void Raise(long revision) => Revision = Math.Max(Revision, revision);

    public WriteResult Apply(WriteRequest request)
    {
        var collection = _index.Collection(request.Key.Resource);
        var tree = _edit.Tree(collection);
        var current = tree.Find(request.Key.Namespace, request.Key.Name);
        if (request.Kind == WriteKind.Create)
        {
            return current is null ? Put(collection, tree, request, null) : new WriteResult(WriteOutcome.Exists, current);
        }
        if (current is null)
        {
            return new WriteResult(WriteOutcome.NotFound, null);
        }
        if (request.ExpectedRevision != 0 && request.ExpectedRevision != current.Revision)
        {
            return new WriteResult(WriteOutcome.Conflict, current);
        }
        return request.Kind == WriteKind.Delete
            ? Remove(collection, tree, request, current)
            : Put(collection, tree, request, current);
    }

    private WriteResult Put(Collection collection, ObjectTree tree, WriteRequest request, StoredObject? current)
    {
        var revision = Revision + 1;
        var next = new StoredObject
        {
            // The texts that are there already, so that each exists once.
            Key = current?.Key ?? request.Key with { Resource = collection.Resource },
            Revision = revision,
            CreateRevision = current?.CreateRevision ?? revision,
            Json = RevisionText.Insert(request.Json.Span, request.RevisionOffset, revision),
            Index = request.Index,
        };
        _edit.Set(collection, tree.Set(next));
        return Done(collection, new StoreChange(current is null ? ChangeKind.Added : ChangeKind.Modified, next, current));
    }

    private WriteResult Remove(Collection collection, ObjectTree tree, WriteRequest request, StoredObject current)
    {
        var revision = Revision + 1;
        var source = request.Json.IsEmpty ? current.Json.Span : request.Json.Span;
        var last = new StoredObject
        {
            Key = current.Key,
            Revision = revision,
            CreateRevision = current.CreateRevision,
            Json = request.RevisionOffset > 0
                ? RevisionText.Insert(source, request.RevisionOffset, revision)
                : RevisionText.Replace(source, revision),
            Index = ReferenceEquals(request.Index, ObjectIndex.Empty) ? current.Index : request.Index,
        };
        _edit.Set(collection, tree.Remove(current.Key.Namespace, current.Key.Name));
        return Done(collection, new StoreChange(ChangeKind.Deleted, last, current));
    }

    private WriteResult Done(Collection collection, in StoreChange change)
    {
        Revision++;
        Changes.Add((collection, change));
        return new WriteResult(WriteOutcome.Done, change.Object);
    }
}

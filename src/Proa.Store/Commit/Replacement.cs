using Proa.Store.Index;

namespace Proa.Store.Commit;

/// <summary>
/// The batch that makes one state into another: what must go goes, last made first; then what must be there is made or replaced, in
/// the order in which it was written. What is there as wanted is left alone. Pure.
/// </summary>
internal static class Replacement
{
    /// <param name="wanted">All that is to be there.</param>
    /// <param name="seen">A revision that the first write must come after, besides those of the present state.</param>
    public static Batch Of(StoreIndex index, IReadOnlyList<StoredObject> wanted, long seen)
    {
        var batch = new Batch(index);
        batch.Raise(seen);
        var keep = wanted.Select(item => item.Key).ToHashSet();
        foreach (var item in Present(index).Where(item => !keep.Contains(item.Key)).OrderByDescending(item => item.CreateRevision))
        {
            batch.Apply(Removal(item));
        }
        foreach (var item in wanted.OrderBy(item => item.Revision))
        {
            var there = index.Get(item.Key);
            if (there is not null && IsSame(there, item))
            {
                continue;
            }
            // Of the same name and another identity: nobody may take one for the other, changed.
            if (there is not null && there.Index.Uid != item.Index.Uid)
            {
                batch.Apply(Removal(there));
                there = null;
            }
            var (json, offset) = RevisionText.Remove(item.Json.Span);
            batch.Apply(new() { Key = item.Key, Kind = there is null ? WriteKind.Create : WriteKind.Replace, Json = json, RevisionOffset = offset, Index = item.Index });
        }
        return batch;
    }

    private static IEnumerable<StoredObject> Present(StoreIndex index) => index.State.Trees.SelectMany(tree => tree.Slice(null));

    private static WriteRequest Removal(StoredObject item) => new() { Key = item.Key, Kind = WriteKind.Delete };

    private static bool IsSame(StoredObject there, StoredObject wanted) => there.Revision == wanted.Revision
        ? there.Json.Span.SequenceEqual(wanted.Json.Span)
        : RevisionText.Remove(there.Json.Span).Json.AsSpan().SequenceEqual(RevisionText.Remove(wanted.Json.Span).Json);
}

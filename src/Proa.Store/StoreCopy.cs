using Proa.Store.Commit;
using Proa.Store.Etcd;
using Proa.Store.Index;

namespace Proa.Store;

/// <summary>Moves objects from one store to another as they are: uids, times and owners stay, only revisions are new.</summary>
public static class StoreCopy
{
    // What a store on etcd has under way at a time.
    private const int AtOnce = 128;

    /// <summary>Everything that a store holds, at one revision.</summary>
    public static (long Revision, IReadOnlyList<StoredObject> Objects) All(ObjectStore store) => All(store.State);

    /// <summary>Everything that a store holds, at one revision.</summary>
    public static (long Revision, IReadOnlyList<StoredObject> Objects) All(EtcdStore store) => All(store.State);

    /// <exception cref="IOException">An object could not be written, or was there already.</exception>
    public static Task WriteAsync(IReadOnlyList<StoredObject> objects, IObjectStore to, CancellationToken ct) =>
        Parallel.ForEachAsync(objects, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (source, stop) =>
        {
            var (json, offset) = RevisionText.Remove(source.Json.Span);
            var written = await to.WriteAsync(new() { Key = source.Key, Kind = WriteKind.Create, Json = json, RevisionOffset = offset, Index = source.Index }, stop);
            if (written.Outcome != WriteOutcome.Done)
            {
                throw new IOException($"{Name(source)} was not written: {written.Error ?? written.Outcome.ToString()}");
            }
        });

    /// <summary>Compares byte by byte, but for revisions.</summary>
    /// <returns>The first difference, for people; null: there is none.</returns>
    public static string? Difference(IReadOnlyList<StoredObject> wanted, IReadOnlyList<StoredObject> there)
    {
        var found = there.ToDictionary(item => item.Key);
        foreach (var item in wanted)
        {
            if (!found.Remove(item.Key, out var copy))
            {
                return $"{Name(item)} is missing";
            }
            if (!RevisionText.Remove(item.Json.Span).Json.AsSpan().SequenceEqual(RevisionText.Remove(copy.Json.Span).Json))
            {
                return $"{Name(item)} differs";
            }
        }
        return found.Count == 0 ? null : $"{Name(found.Values.First())} is there, but was not copied";
    }

    private static (long Revision, IReadOnlyList<StoredObject> Objects) All(StoreState state) => (state.Revision, [.. state.Trees.SelectMany(tree => tree.Slice(null))]);

    private static string Name(StoredObject item) => $"{item.Key.Resource} {(item.Key.Namespace.Length == 0 ? "" : item.Key.Namespace + "/")}{item.Key.Name}";
}

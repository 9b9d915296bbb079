namespace Proa.Store;

/// <summary>What a query asks of an object; see <see cref="CollectionSnapshot.Select"/>. Immutable and thread-safe.</summary>
public abstract class ObjectFilter
{
    /// <summary>
    /// Of each of these groups a matching object has at least one term in its labels or fields. Objects are passed over by them
    /// without being looked at; it is always right to name fewer, or none.
    /// </summary>
    public virtual IReadOnlyList<IndexTerm[]> Needed => [];

    public abstract bool Matches(StoredObject obj);
}

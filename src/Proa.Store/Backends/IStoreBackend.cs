using Proa.Store.Encryption;
using Proa.Store.Index;

namespace Proa.Store.Backends;

/// <summary>
/// Where batches become durable. Called by one thread at a time. A backend that is shared by several writers (etcd) is fed
/// back by its own watch and needs a queue of its own before the same <see cref="StoreIndex"/>; this is the contract of those
/// that belong to one process.
/// </summary>
internal interface IStoreBackend : IDisposable
{
    /// <summary>A random text that names the cluster, made with the store.</summary>
    string ClusterId { get; }

    /// <summary>Reads everything, in no order.</summary>
    /// <returns>The revision of the last write.</returns>
    /// <exception cref="StoreOpenException">What is there cannot be read.</exception>
    long Load(Action<LoadedRow> row);

    /// <summary>Makes all changes durable, or none.</summary>
    /// <param name="revision">That of the last change.</param>
    /// <returns>Null when they are durable; otherwise why they were refused: a later batch may be tried.</returns>
    string? Commit(List<(Collection Collection, StoreChange Change)> changes, long revision);

    /// <summary>Writes some of the values anew that are not as they would be written now; what they hold stays as it is.</summary>
    /// <param name="after">Where the last call ended; 0: the beginning.</param>
    /// <param name="rewritten">How many were.</param>
    /// <returns>Where to go on; 0: all were looked at.</returns>
    /// <exception cref="IOException">The disk refused; none of this call's were.</exception>
    /// <exception cref="StoreOpenException">One cannot be read or written: a key is not there.</exception>
    long Rewrite(long after, out int rewritten);

    /// <summary>Reads every value by another encryption.</summary>
    /// <exception cref="StoreOpenException">It does not read one.</exception>
    void TryRead(IValueTransformer values);

    /// <summary>Called when callers have their answers: a time for work that would make them wait.</summary>
    void Maintain();
}

internal readonly record struct LoadedRow(ObjectKey Key, long Revision, long CreateRevision, byte[] Json);

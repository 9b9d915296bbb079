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

    /// <summary>Called when callers have their answers: a time for work that would make them wait.</summary>
    void Maintain();
}

internal readonly record struct LoadedRow(ObjectKey Key, long Revision, long CreateRevision, byte[] Json);

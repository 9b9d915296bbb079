using Proa.Api.Meta;

namespace Proa.Client.Informers;

/// <summary>
/// A local, eventually current copy of a collection: list, watch, resume and relist are its business. Objects are immutable
/// and shared. Thread-safe.
/// </summary>
public interface IInformer<T> where T : class, IResource<T>
{
    /// <summary>Completes when the first list has been stored and told to the handlers that were there.</summary>
    Task SyncedAsync(CancellationToken ct);

    T? Get(string? ns, string name);

    /// <summary>A snapshot; null for all namespaces.</summary>
    IReadOnlyList<T> List(string? ns = null);

    /// <summary>The objects for which the index (see <see cref="AddIndex"/>) gave this key.</summary>
    IReadOnlyList<T> ByIndex(string index, string key);

    /// <summary>Adds a named index; what exists is indexed at once. Adding the same name again changes nothing.</summary>
    void AddIndex(string name, Func<T, IEnumerable<string>> keys);

    /// <summary>
    /// Calls back for each change, in order, on the informer's own loop: it must be quick (mark a queue) and not throw.
    /// What exists already is told as added first. Dispose to stop.
    /// </summary>
    IDisposable Subscribe(Action<InformerEvent<T>> handler);
}

/// <summary>Added: only <see cref="New"/>; deleted: only <see cref="Old"/>; updated: both.</summary>
public readonly record struct InformerEvent<T>(T? Old, T? New) where T : class
{
    public T Object => New ?? Old!;
}

/// <summary>Hands out one informer a type, shared by all who ask.</summary>
public interface IInformerFactory
{
    /// <param name="fieldSelector">Such as <c>spec.nodeName=n1</c>; a different selector is a different informer.</param>
    IInformer<T> Get<T>(string? ns = null, string? fieldSelector = null) where T : class, IResource<T>;
}

namespace Proa.Store.Etcd;

/// <summary>Single keys of etcd, outside the objects: what servers agree on before they open the store. Thread-safe.</summary>
public sealed class EtcdEntries(EtcdOptions options) : IAsyncDisposable
{
    /// <summary>The newest value; null: there is no such key.</summary>
    /// <exception cref="StoreOpenException">No endpoint can be used: which, and what each said.</exception>
    public Task<byte[]?> GetAsync(string key, CancellationToken ct) =>
        throw new StoreOpenException(options.Endpoints[0].ToString(), "cannot be used by this version", "Use the embedded store.");

    /// <summary>Puts a key that is not there yet.</summary>
    /// <returns>False: it is there, and is left as it is.</returns>
    /// <exception cref="StoreOpenException">No endpoint can be used: which, and what each said.</exception>
    public Task<bool> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken ct) =>
        throw new StoreOpenException(options.Endpoints[0].ToString(), "cannot be used by this version", "Use the embedded store.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

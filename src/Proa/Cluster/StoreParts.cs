using Microsoft.Extensions.Logging;
using Proa.Store;
using Proa.Store.Encryption;
using Proa.Store.Etcd;

namespace Proa.Cluster;

/// <summary>The store of a cluster, wherever its settings say that it is.</summary>
internal sealed class StoreParts : IAsyncDisposable
{
    private readonly EtcdStore? _etcd;

    private StoreParts(ObjectStore? embedded, EtcdStore? etcd) => (Embedded, _etcd) = (embedded, etcd);

    public IObjectStore Objects => (IObjectStore?)Embedded ?? _etcd!;

    /// <summary>Null: the objects are in etcd.</summary>
    public ObjectStore? Embedded { get; }

    /// <summary>For the health checks.</summary>
    public bool IsAvailable => _etcd?.IsAvailable ?? Objects.Revision > 0;

    /// <exception cref="StoreOpenException">It cannot be used; nothing was changed.</exception>
    public static async Task<StoreParts> OpenAsync(
        ClusterPaths paths, ClusterConfig config, DataDirectoryLock held, ObjectIndexer indexer, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        Directory.CreateDirectory(paths.State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var logger = loggers.CreateLogger("Proa.Store");
        if (config.Etcd is not { } etcd)
        {
            return new(await ObjectStore.OpenAsync(new StoreOptions { DataDirectory = paths.State, Lock = held }, indexer, time, logger), null);
        }
        var options = etcd.ToOptions() with { Encryption = StoreEncryption.FromKeyFile(paths.EncryptionKey, StoreEncryption.DefaultResources) };
        return new(null, await EtcdStore.OpenAsync(options, indexer, time, logger, ct));
    }

    public ValueTask DisposeAsync() => Objects.DisposeAsync();
}

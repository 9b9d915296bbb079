using Microsoft.Extensions.Logging;
using Proa.Store;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Configuration;
using Proa.Store.Etcd;

namespace Proa.Cluster;

/// <summary>The store of a cluster, wherever its settings say that it is.</summary>
internal sealed class StoreParts : IAsyncDisposable
{
    private readonly EtcdStore? _etcd;
    private readonly StoreEncryption _encryption;

    private StoreParts(ObjectStore? embedded, EtcdStore? etcd, StoreEncryption encryption) => (Embedded, _etcd, _encryption) = (embedded, etcd, encryption);

    public IObjectStore Objects => (IObjectStore?)Embedded ?? _etcd!;

    /// <summary>Null: the objects are in etcd.</summary>
    public ObjectStore? Embedded { get; }

    /// <summary>Null: the objects are in the data directory.</summary>
    public EtcdStore? Etcd => _etcd;

    /// <summary>For the health checks.</summary>
    public bool IsAvailable => _etcd?.IsAvailable ?? Objects.Revision > 0;

    /// <exception cref="StoreOpenException">It cannot be used; nothing was changed.</exception>
    public static async Task<StoreParts> OpenAsync(
        ClusterPaths paths, ClusterConfig config, StoreEncryption encryption, DataDirectoryLock held, ObjectIndexer indexer, TimeProvider time, ILoggerFactory loggers, CancellationToken ct)
    {
        Directory.CreateDirectory(paths.State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var logger = loggers.CreateLogger("Proa.Store");
        if (config.Etcd is not { } etcd)
        {
            return new(await ObjectStore.OpenAsync(new StoreOptions { DataDirectory = paths.State, Lock = held, Encryption = encryption }, indexer, time, logger), null, encryption);
        }
        var options = etcd.ToOptions() with { Encryption = encryption };
        return new(null, await EtcdStore.OpenAsync(options, indexer, time, logger, ct), encryption);
    }

    /// <summary>Encrypts by another configuration from now on.</summary>
    /// <exception cref="StoreOpenException">It does not read what is in the embedded store: nothing was changed.</exception>
    public Task ReconfigureAsync(EncryptionConfiguration configuration, CancellationToken ct)
    {
        if (Embedded is not null)
        {
            return Embedded.ReconfigureAsync(configuration, ct);
        }
        _encryption.Use(configuration);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => Objects.DisposeAsync();
}

using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.ApiServer.Pki;
using Proa.Cluster;
using Proa.Migration;
using Proa.Store.Etcd;

namespace Proa.Sharing;

/// <summary>
/// Makes the servers on one etcd one cluster: the first puts its keys there, sealed by the cluster key; the others take them from
/// there, if they have that key.
/// </summary>
internal static class SharedIdentity
{
    /// <summary>Beside the objects, not among them: the original's servers on the same etcd do not see it.</summary>
    public const string BundleKey = "/proa/bootstrap";

    /// <summary>To be called before anything reads the data directory's keys.</summary>
    /// <param name="waiting">Told what is waited for.</param>
    /// <returns>The settings, with those that all servers share.</returns>
    /// <exception cref="UserException">This server may not join, or asks for other ranges than the cluster has.</exception>
    /// <exception cref="Store.StoreOpenException">etcd cannot be used.</exception>
    public static Task<ClusterConfig> EnsureAsync(ClusterPaths paths, ClusterConfig config, UpOptions options, Action<string> waiting, TimeProvider time, CancellationToken ct) =>
        EnsureAsync(paths, config, options, isMigration: false, waiting, time, ct);

    /// <summary>The same at the end of a migration, which has put the objects there already.</summary>
    /// <exception cref="Store.StoreOpenException">etcd cannot be used.</exception>
    public static Task FoundAsync(ClusterPaths paths, ClusterConfig config, TimeProvider time, CancellationToken ct) =>
        EnsureAsync(paths, config, new UpOptions { DataDir = paths.Root }, isMigration: true, null, time, ct);

    private static async Task<ClusterConfig> EnsureAsync(
        ClusterPaths paths, ClusterConfig config, UpOptions options, bool isMigration, Action<string>? waiting, TimeProvider time, CancellationToken ct)
    {
        using var entries = await EtcdEntries.OpenAsync(config.Etcd!.ToOptions(waiting), time, NullLogger.Instance, ct);
        var key = Key(paths, options);
        if (await entries.GetAsync(MigrationMarks.Gone, ct) is not null)
        {
            throw new UserException(
                $"the cluster in this etcd ({config.Etcd!.Endpoints}) has moved into a server's data directory: what is here is old", "use the server that it moved to, or another etcd");
        }
        var bundle = await entries.GetAsync(BundleKey, ct);
        if (bundle is null)
        {
            if (!isMigration && await entries.GetAsync(MigrationMarks.Arriving, ct) is not null)
            {
                throw new UserException($"a cluster is being moved into this etcd ({config.Etcd!.Endpoints})", "wait for `proa migrate` to end, or run it again if it was interrupted");
            }
            if (await TryFoundAsync(entries, key, paths, config, time, ct))
            {
                return config;
            }
            // Another first server was quicker: this one joins, if they were given the same key.
            bundle = await entries.GetAsync(BundleKey, ct);
        }
        return Join(paths, config, options, key, bundle);
    }

    private static ClusterKey? Key(ClusterPaths paths, UpOptions options) => options.ClusterKey is { } file
        ? ClusterKey.Read(file) ?? throw new UserException($"--cluster-key: there is no file {file}", "copy pki/cluster-key from the data directory of a server of the cluster")
        : ClusterKey.Read(paths.ClusterKey);

    private static async Task<bool> TryFoundAsync(EtcdEntries entries, ClusterKey? given, ClusterPaths paths, ClusterConfig config, TimeProvider time, CancellationToken ct)
    {
        // All of it is made here, so that it can be told.
        using (ClusterPki.LoadOrCreate(ApiParts.PkiOf(paths, config, null), time))
        {
        }
        if (!File.Exists(paths.EncryptionKey))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(paths.EncryptionKey)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            SafeFile.Write(paths.EncryptionKey, RandomNumberGenerator.GetBytes(32));
        }
        var key = given ?? ClusterKey.Create();
        // Before the bundle: one that nobody can open would lock everybody out.
        key.Write(paths.ClusterKey);
        if (await entries.CreateAsync(BundleKey, key.Seal(SharedBundle.Of(paths, config).ToUtf8()), ct))
        {
            return true;
        }
        if (given is null)
        {
            File.Delete(paths.ClusterKey);
        }
        return false;
    }

    private static ClusterConfig Join(ClusterPaths paths, ClusterConfig config, UpOptions options, ClusterKey? key, byte[]? sealedBundle)
    {
        const string Remedy = "copy pki/cluster-key from the data directory of one of its servers, and give that file with --cluster-key";
        if (key is null)
        {
            throw new UserException($"this etcd ({config.Etcd!.Endpoints}) holds a cluster already, and this server has no key to it", Remedy);
        }
        var json = sealedBundle is null ? null : key.Open(sealedBundle);
        if (json is null)
        {
            throw new UserException($"{options.ClusterKey ?? paths.ClusterKey} is not the key of the cluster that this etcd ({config.Etcd!.Endpoints}) holds", Remedy);
        }
        var bundle = SharedBundle.Read(json);
        Refuse("--service-range", options.ServiceRange, bundle.ServiceRange);
        Refuse("--node-ports", options.NodePorts, bundle.NodePorts);
        bundle.WriteTo(paths);
        key.Write(paths.ClusterKey);
        return config with { ServiceRange = bundle.ServiceRange, NodePorts = bundle.NodePorts, Domain = bundle.Domain };
    }

    private static void Refuse(string flag, string? asked, string there)
    {
        if (asked is not null && asked != there)
        {
            throw new UserException($"{flag} {asked}: the cluster in this etcd has {there}, and all its servers must", $"leave {flag} out: a server that joins takes what the cluster has");
        }
    }
}

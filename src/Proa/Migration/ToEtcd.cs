using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Cluster;
using Proa.Sharing;
using Proa.Store;
using Proa.Store.Encryption;
using Proa.Store.Etcd;

namespace Proa.Migration;

/// <summary>
/// Moves a stopped cluster from its data directory into an empty etcd. The settings are the switch, and they change last: what
/// is interrupted before that leaves the directory as it was, and can be run again.
/// </summary>
/// <param name="encryption">What reads the data directory's values and writes those in etcd.</param>
internal sealed class ToEtcd(ClusterPaths paths, ClusterConfig config, EtcdSettings etcd, StoreEncryption encryption, TextWriter output)
{
    private static readonly TimeProvider s_time = TimeProvider.System;

    /// <summary>The caller holds the directory's lock.</summary>
    /// <exception cref="UserException">etcd is not empty, or something could not be copied.</exception>
    /// <exception cref="StoreOpenException">A store cannot be used.</exception>
    public async Task RunAsync(DataDirectoryLock held, CancellationToken ct)
    {
        await using var source = await ObjectStore.OpenAsync(new StoreOptions { DataDirectory = paths.State, Lock = held, Encryption = encryption }, static (_, _) => ObjectIndex.Empty, s_time, NullLogger.Instance);
        var (revision, objects) = StoreCopy.All(source);
        var options = etcd.ToOptions();
        using var entries = await EtcdEntries.OpenAsync(options, s_time, NullLogger.Instance, ct);
        await ClearOwnAttemptAsync(entries, source.ClusterId, options.Prefix, ct);
        await RefuseOccupiedAsync(entries, options.Prefix, ct);
        if (!await entries.CreateAsync(MigrationMarks.Arriving, Encoding.UTF8.GetBytes(source.ClusterId), ct))
        {
            throw new UserException($"another migration into etcd at {etcd.Endpoints} began just now", "let it end, or choose another etcd");
        }
        output.WriteLine($"raising etcd's revision beyond {revision}, so that clients' own stay in order");
        await entries.RaiseRevisionAsync(MigrationMarks.Revision, revision + 1, at => output.WriteLine($"  {at} of {revision}"), ct);
        output.WriteLine($"copying {objects.Count} objects");
        await CopyAsync(objects, options, ct);
        var joined = config with { Etcd = etcd };
        await SharedIdentity.FoundAsync(paths, joined, s_time, ct);
        ClusterConfigFile.Save(paths, joined);
        await entries.DeleteAsync(MigrationMarks.Arriving, ct);
    }

    private async Task CopyAsync(IReadOnlyList<StoredObject> objects, EtcdOptions options, CancellationToken ct)
    {
        options = options with { Encryption = encryption };
        try
        {
            await using (var target = await OpenAsync(options, ct))
            {
                await StoreCopy.WriteAsync(objects, target, ct);
            }
            // Read anew: what etcd has, not what was sent.
            await using var copied = await OpenAsync(options, ct);
            if (StoreCopy.Difference(objects, StoreCopy.All(copied).Objects) is { } difference)
            {
                throw new UserException($"the copy in etcd is not the original: {difference}", "run it again; the data directory was not changed");
            }
        }
        catch (IOException e)
        {
            throw new UserException($"the copy into etcd broke off: {e.Message}", "run it again; the data directory was not changed");
        }
    }

    private static Task<EtcdStore> OpenAsync(EtcdOptions options, CancellationToken ct) =>
        EtcdStore.OpenAsync(options with { CompactionInterval = TimeSpan.Zero }, static (_, _) => ObjectIndex.Empty, s_time, NullLogger.Instance, ct);

    /// <summary>What an interrupted run of the same migration left is begun anew.</summary>
    private async Task ClearOwnAttemptAsync(EtcdEntries entries, string clusterId, string prefix, CancellationToken ct)
    {
        if (await entries.GetAsync(MigrationMarks.Arriving, ct) is not { } mark)
        {
            return;
        }
        if (Encoding.UTF8.GetString(mark) != clusterId)
        {
            throw new UserException($"etcd at {etcd.Endpoints} holds part of another cluster, whose migration did not end", "end that one, or choose another etcd");
        }
        output.WriteLine("an earlier run did not end: what it copied is removed first");
        await entries.DeleteAllAsync(prefix + "/", ct);
        await entries.DeleteAsync(SharedIdentity.BundleKey, ct);
        await entries.DeleteAsync(MigrationMarks.Arriving, ct);
    }

    private async Task RefuseOccupiedAsync(EtcdEntries entries, string prefix, CancellationToken ct)
    {
        var count = await entries.CountAsync(prefix + "/", ct) - await entries.CountAsync(prefix + "/.", ct);
        if (count > 0 || await entries.GetAsync(SharedIdentity.BundleKey, ct) is not null || await entries.GetAsync(MigrationMarks.Gone, ct) is not null)
        {
            throw new UserException(
                $"etcd at {etcd.Endpoints} holds a cluster already ({count} objects); two clusters cannot be put together",
                "choose an empty etcd; or, if what is there is not needed, remove it with `etcdctl del --prefix /registry/` and `etcdctl del --prefix /proa/`");
        }
    }
}

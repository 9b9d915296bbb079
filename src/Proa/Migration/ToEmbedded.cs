using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Cluster;
using Proa.Store;
using Proa.Store.Encryption;
using Proa.Store.Etcd;

namespace Proa.Migration;

/// <summary>
/// Moves a cluster whose servers are stopped from etcd into the data directory of one of them. The settings are the switch, and
/// they change last; what is in etcd stays there, marked as old.
/// </summary>
/// <param name="encryption">What reads the values in etcd and writes those of the data directory.</param>
internal sealed class ToEmbedded(ClusterPaths paths, ClusterConfig config, StoreEncryption encryption, TextWriter output)
{
    private static readonly TimeProvider s_time = TimeProvider.System;

    private string Staged => Path.Combine(paths.Root, "migrate.tmp");

    /// <summary>The caller holds the directory's lock.</summary>
    /// <exception cref="UserException">Another server runs, or something could not be copied.</exception>
    /// <exception cref="StoreOpenException">A store cannot be used.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var options = config.Etcd!.ToOptions() with
        {
            Encryption = encryption,
            CompactionInterval = TimeSpan.Zero,
        };
        using var entries = await EtcdEntries.OpenAsync(options, s_time, NullLogger.Instance, ct);
        await using var source = await EtcdStore.OpenAsync(options, static (_, _) => ObjectIndex.Empty, s_time, NullLogger.Instance, ct);
        await RefuseRunningAsync(source, ct);
        var (revision, all) = StoreCopy.All(source);
        var objects = all.Where(static item => !IsOfSeveral(item)).ToList();
        output.WriteLine($"copying {objects.Count} objects at revision {revision}");
        await CopyAsync(objects, revision, ct);
        if (await source.ReadBarrierAsync(ct) is { } unreachable)
        {
            throw new UserException($"etcd does not answer any more: {unreachable}", "run it again; nothing was changed");
        }
        if (source.Revision != revision)
        {
            throw new UserException("something wrote to the cluster in etcd while it was copied", "stop all its servers and what else writes there, and run it again; nothing was changed");
        }
        // From here on no server starts on what is in etcd.
        await entries.CreateAsync(MigrationMarks.Gone, Encoding.UTF8.GetBytes(config.Id), ct);
        PutInPlace();
        ClusterConfigFile.Save(paths, config with { Etcd = null });
    }

    /// <summary>A server that lives says so within <see cref="ApiServer.Servers.ServerEndpoints.TimeToLive"/>.</summary>
    private async Task RefuseRunningAsync(EtcdStore source, CancellationToken ct)
    {
        if (source.List("masterleases", null)!.Items.Count == 0)
        {
            return;
        }
        output.WriteLine("looking whether a server of the cluster still runs");
        using var watch = source.Watch("masterleases", null, source.Revision)!;
        using var over = new CancellationTokenSource(ApiServer.Servers.ServerEndpoints.TimeToLive, s_time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(over.Token, ct);
        try
        {
            await foreach (var change in watch.Changes.ReadAllAsync(both.Token))
            {
                if (change.Kind != ChangeKind.Deleted)
                {
                    throw new UserException(
                        $"a server of the cluster still runs at {change.Object.Key.Name}: what is written there meanwhile would be lost", "stop all servers with `proa down`, and run it again; nothing was changed");
                }
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // All were silent.
        }
    }

    /// <summary>What servers keep among the objects to agree with each other: one that is alone needs none of it, and would not keep it true.</summary>
    private static bool IsOfSeveral(StoredObject item) => item.Key.Resource switch
    {
        "masterleases" or "ranges" or Sharing.SharedKeys.Collection => true,
        "ipaddresses.networking.k8s.io" => Contains(item, "\"ipallocator.k8s.io\""u8),
        "leases.coordination.k8s.io" => item.Key.Namespace == "kube-system" && Contains(item, "\"apiserver.kubernetes.io/identity\""u8),
        _ => false,
    };

    private static bool Contains(StoredObject item, ReadOnlySpan<byte> text) => item.Json.Span.IndexOf(text) >= 0;

    private async Task CopyAsync(List<StoredObject> objects, long revision, CancellationToken ct)
    {
        RemoveStaged();
        Directory.CreateDirectory(Staged, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new StoreOptions { DataDirectory = Staged, Encryption = encryption };
        try
        {
            await StoreBackup.CreateAsync(options, revision, s_time, NullLogger.Instance);
            await using (var target = await OpenAsync(options))
            {
                await StoreCopy.WriteAsync(objects, target, ct);
            }
            // Read anew: what the disk has, not what was written.
            await using var copied = await OpenAsync(options);
            if (StoreCopy.Difference(objects, StoreCopy.All(copied).Objects) is { } difference)
            {
                throw new UserException($"the copy is not what etcd holds: {difference}", "run it again; nothing was changed");
            }
        }
        catch (IOException e)
        {
            throw new UserException($"the copy broke off: {e.Message}", "see to the disk's free space, and run it again; nothing was changed");
        }
    }

    private static Task<ObjectStore> OpenAsync(StoreOptions options) => ObjectStore.OpenAsync(options, static (_, _) => ObjectIndex.Empty, s_time, NullLogger.Instance);

    /// <summary>What lies there is of before the cluster went to etcd, or of a run that was interrupted here.</summary>
    private void PutInPlace()
    {
        Directory.CreateDirectory(paths.State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in Directory.EnumerateFiles(paths.State, "store.db*").ToList())
        {
            File.Delete(file);
        }
        foreach (var file in Directory.EnumerateFiles(Staged, "store.db*").ToList())
        {
            File.Move(file, Path.Combine(paths.State, Path.GetFileName(file)));
        }
        RemoveStaged();
    }

    private void RemoveStaged()
    {
        if (Directory.Exists(Staged))
        {
            Directory.Delete(Staged, recursive: true);
        }
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Cluster;
using Proa.Store;
using Proa.Store.Encryption;
using Proa.Store.Etcd;

namespace Proa.Sharing;

/// <summary>
/// Changes the key that opens Secrets while several servers use it, in the order that Kubernetes asks for: every server reads the new
/// key before any writes with it, all write with it before everything is encrypted anew, and only then the old one goes. The keys
/// of now, sealed, are one object of the store, which all servers watch; each says in an object of its own which keys it has.
/// Servers that start find them in the bundle, which is changed before a step is over.
/// </summary>
/// <param name="server">This server's name among the <c>masterleases</c>.</param>
internal sealed partial class SharedKeys(
    ClusterPaths paths, ClusterConfig config, EtcdStore store, StoreEncryption encryption, string server, TimeProvider time, ILogger logger)
{
    public const string Collection = "proa-keys";
    private const string Servers = "masterleases";
    private const int KeyLength = 32;
    private static readonly ObjectKey s_ring = new(Collection, "", "ring");

    // A server that lives looks within its renewal, and writes a file then.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly SemaphoreSlim _one = new(1);
    private long _step;

    /// <summary>Takes over the keys that a server publishes, until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                // Watched from before the look: nothing is missed between them.
                using var watch = store.Watch(Collection, null, store.Revision);
                try
                {
                    await TakeAsync(ct);
                }
                catch (Exception e) when (e is IOException or StoreOpenException)
                {
                    LogNotTaken(logger, e.Message);
                }
                await WaitAsync(watch, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>Encrypts everything anew: under a new key of the cluster's own, or as this server's configuration says.</summary>
    /// <returns>How many values were written anew.</returns>
    /// <exception cref="IOException">A server does not take the key over, or etcd refused: all can be read, and the next call goes on.</exception>
    /// <exception cref="StoreOpenException">A key cannot be read or written, or etcd cannot be reached.</exception>
    public async Task<int> RotateAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (!encryption.UsesOwnKey)
            {
                return await store.RewriteAsync(ct);
            }
            if (await store.ReadBarrierAsync(ct) is { } unreachable)
            {
                throw new IOException(unreachable);
            }
            await TakeAsync(ct);
            // Each step replaces the one before: where two servers rotate, the later one goes on and the other one stops.
            _step = store.Get(s_ring)?.Revision ?? 0;
            var count = 0;
            var keys = encryption.ReadOwnKeys();
            if (keys.Length > KeyLength)
            {
                // One that was broken off is ended first, with the key that writes.
                await PublishAsync(keys, ct);
                count += await store.RewriteAsync(ct);
                keys = keys[..KeyLength];
                await PublishAsync(keys, ct);
            }
            var next = RandomNumberGenerator.GetBytes(KeyLength);
            await PublishAsync([.. keys, .. next], ct);
            await PublishAsync([.. next, .. keys], ct);
            count += await store.RewriteAsync(ct);
            await PublishAsync(next, ct);
            return count;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Completes when every server that lives has these keys.</summary>
    private async Task PublishAsync(byte[] keys, CancellationToken ct)
    {
        using (var entries = await EtcdEntries.OpenAsync(config.Etcd!.ToOptions(), time, NullLogger.Instance, ct))
        {
            // Read before the step is taken: whoever is overtaken after it does not write over what came since.
            var bundle = await entries.GetAsync(SharedIdentity.BundleKey, ct);
            await StepAsync(keys, ct);
            await PutIntoBundleAsync(entries, bundle, keys, ct);
        }
        using var patience = new CancellationTokenSource(s_patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        var name = NameOf(keys);
        while (true)
        {
            using var taken = store.Watch(Collection, null, store.Revision);
            using var servers = store.Watch(Servers, null, store.Revision);
            var missing = store.List(Servers, null)!.Items.Select(item => item.Key.Name).Append(server).FirstOrDefault(one => RingOf(one) != name);
            if (store.Get(s_ring)?.Revision != _step)
            {
                throw Overtaken();
            }
            if (missing is null)
            {
                return;
            }
            try
            {
                using var over = CancellationTokenSource.CreateLinkedTokenSource(both.Token);
                await await Task.WhenAny(WaitAsync(taken, over.Token), WaitAsync(servers, over.Token));
                await over.CancelAsync();
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                throw new IOException($"the server at {missing} has not taken over the new key: its log may say why; or stop it, and run this again.");
            }
        }
    }

    private async Task StepAsync(byte[] keys, CancellationToken ct)
    {
        var json = Json(s_ring.Name, $"\"ring\":\"{NameOf(keys)}\",\"sealed\":\"{Convert.ToBase64String(Key().Seal(keys))}\"");
        var written = await store.WriteAsync(
            new()
            {
                Key = s_ring,
                Kind = _step == 0 ? WriteKind.Create : WriteKind.Replace,
                ExpectedRevision = _step,
                Json = json,
                RevisionOffset = json.AsSpan().IndexOf("\"name\""u8),
            },
            ct);
        _step = written switch
        {
            { Outcome: WriteOutcome.Done, Object: { } done } => done.Revision,
            { Error: { } error } => throw new IOException(error),
            _ => throw Overtaken(),
        };
    }

    private static IOException Overtaken() => new("another server changes the cluster's keys at the same time, and goes on with it.");

    private async Task PutIntoBundleAsync(EtcdEntries entries, byte[]? there, byte[] keys, CancellationToken ct)
    {
        var key = Key();
        var bundle = there is null || key.Open(there) is not { } json ? throw new IOException("the cluster's bundle in etcd cannot be opened with this server's cluster key.") : SharedBundle.Read(json);
        bundle.Files[Path.GetRelativePath(paths.Root, paths.EncryptionKey)] = keys;
        if (!await entries.ReplaceAsync(SharedIdentity.BundleKey, there, key.Seal(bundle.ToUtf8()), ct))
        {
            throw Overtaken();
        }
    }

    private async Task TakeAsync(CancellationToken ct)
    {
        if (store.Get(s_ring) is not { } ring)
        {
            return;
        }
        using var json = JsonDocument.Parse(ring.Json);
        var keys = Key().Open(json.RootElement.GetProperty("sealed").GetBytesFromBase64()) ?? throw new IOException("the keys that were published are not sealed by this server's cluster key");
        var mine = encryption.ReadOwnKeys();
        if (!mine.AsSpan().SequenceEqual(keys))
        {
            encryption.ReplaceOwnKeys(keys);
            LogTaken(logger, keys.Length / KeyLength);
            if (!Has(mine, keys.AsSpan(0, KeyLength)))
            {
                // Values may have come that could not be read.
                store.Reload();
            }
        }
        if (RingOf(server) != NameOf(keys))
        {
            // What was encrypted before is there before this server says that it writes otherwise.
            await store.SettledAsync();
            await WriteAsync(server, $"\"ring\":\"{NameOf(keys)}\"", ct);
        }
    }

    private static bool Has(byte[] keys, ReadOnlySpan<byte> one)
    {
        for (var at = 0; at < keys.Length; at += KeyLength)
        {
            if (keys.AsSpan(at, KeyLength).SequenceEqual(one))
            {
                return true;
            }
        }
        return false;
    }

    private ClusterKey Key() => ClusterKey.Read(paths.ClusterKey) ?? throw new IOException($"{paths.ClusterKey} is gone");

    private static string NameOf(byte[] keys) => Convert.ToHexStringLower(SHA256.HashData([.. "proa ring "u8, .. keys])[..8]);

    private string? RingOf(string name)
    {
        if (store.Get(new ObjectKey(Collection, "", name)) is not { } there)
        {
            return null;
        }
        using var json = JsonDocument.Parse(there.Json);
        return json.RootElement.GetProperty("ring").GetString();
    }

    private async Task WriteAsync(string name, string members, CancellationToken ct)
    {
        var key = new ObjectKey(Collection, "", name);
        var json = Json(name, members);
        WriteResult written;
        do
        {
            var there = store.Get(key);
            written = await store.WriteAsync(
                new() { Key = key, Kind = there is null ? WriteKind.Create : WriteKind.Replace, Json = json, RevisionOffset = json.AsSpan().IndexOf("\"name\""u8) }, ct);
        }
        while (written.Outcome is WriteOutcome.Exists or WriteOutcome.NotFound or WriteOutcome.Conflict);
        if (written.Outcome != WriteOutcome.Done)
        {
            throw new IOException(written.Error ?? "etcd refused the write");
        }
    }

    private static byte[] Json(string name, string members) =>
        Encoding.UTF8.GetBytes($$$"""{"kind":"KeyRing","apiVersion":"proa/v1","metadata":{"name":"{{{name}}}"},{{{members}}}}""");

    private static async Task WaitAsync(IStoreWatch? watch, CancellationToken ct)
    {
        if (watch is not null && await watch.Changes.WaitToReadAsync(ct))
        {
            while (watch.Changes.TryRead(out _))
            {
                // What it is now is read from the store.
            }
        }
        ct.ThrowIfCancellationRequested();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Took over the cluster's encryption keys: {Count}")]
    private static partial void LogTaken(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster's new encryption keys could not be taken over; at their next change it is tried again: {Reason}")]
    private static partial void LogNotTaken(ILogger logger, string reason);
}

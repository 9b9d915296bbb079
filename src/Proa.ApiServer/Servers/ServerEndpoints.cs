using System.Text;
using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.ApiServer.Bootstrap;
using Proa.ApiServer.Objects;
using Proa.Store;

namespace Proa.ApiServer.Servers;

/// <summary>
/// Keeps the endpoints of the Service <c>kubernetes</c> true where several servers serve the cluster. Each says again and again
/// that it lives, under <c>masterleases/ADDRESS</c>; all write the addresses that live into Endpoints and EndpointSlice. One that
/// is silent for <see cref="TimeToLive"/>, by the clock of whoever notices first, is taken out.
/// </summary>
/// <remarks>The rules, the place and the form are those of the original's lease endpoint reconciler.</remarks>
public sealed partial class ServerEndpoints(string address, int port, IObjectStore store, ObjectIndexer indexer, TimeProvider time, ILogger logger)
{
    internal const string Collection = "masterleases";

    /// <summary>How long a silent server is believed to live.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, (long Revision, long Seen)> _others = new(StringComparer.Ordinal);

    /// <summary>Runs until cancelled; then it takes this server's address out.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await TryAsync(() => RenewAsync(ct));
                var renewed = time.GetTimestamp();
                while (time.GetElapsedTime(renewed) is var since && since < s_renewal)
                {
                    // Watched from before the look: nothing is missed between them.
                    using var watch = store.Watch(Collection, null, store.Revision);
                    var next = await TryAsync(() => ReconcileAsync(ct)) ?? s_renewal;
                    await WaitAsync(watch, next < s_renewal - since ? next : s_renewal - since, ct);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await LeaveAsync();
        }
    }

    /// <summary>Until the time is over or a server says something.</summary>
    private async Task WaitAsync(IStoreWatch? watch, TimeSpan limit, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var pause = Task.Delay(limit, time, over.Token);
        await Task.WhenAny(pause, watch?.Changes.WaitToReadAsync(over.Token).AsTask() ?? pause);
        await over.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private async Task<TimeSpan?> RenewAsync(CancellationToken ct)
    {
        var key = new ObjectKey(Collection, "", address);
        var there = store.Get(key);
        var generation = there is null ? 0 : JsonTree.ParseObject(there.Json.Span).Object("metadata")?.Int("generation") ?? 0;
        var json = Encoding.UTF8.GetBytes(
            $$"""{"kind":"Endpoints","apiVersion":"v1","metadata":{"generation":{{generation + 1}}},"subsets":[{"addresses":[{"ip":"{{address}}"}]}]}""");
        var written = await store.WriteAsync(
            new()
            {
                Key = key,
                Kind = there is null ? WriteKind.Create : WriteKind.Replace,
                Json = json,
                RevisionOffset = json.AsSpan().IndexOf("\"generation\""u8),
            },
            ct);
        return written.Outcome is WriteOutcome.Done or WriteOutcome.Exists or WriteOutcome.NotFound ? null : throw new IOException(written.Error);
    }

    /// <summary>Writes the addresses that live.</summary>
    /// <returns>When the next silent one is due.</returns>
    private async Task<TimeSpan?> ReconcileAsync(CancellationToken ct)
    {
        var now = time.GetTimestamp();
        var alive = new List<string>();
        var next = TimeToLive;
        foreach (var lease in store.List(Collection, null)!.Items)
        {
            var name = lease.Key.Name;
            if (name != address && Remaining(name, lease.Revision, now) is var left)
            {
                if (left <= TimeSpan.Zero)
                {
                    LogDead(logger, name);
                    await store.WriteAsync(new() { Key = lease.Key, Kind = WriteKind.Delete, ExpectedRevision = lease.Revision }, ct);
                    continue;
                }
                next = left < next ? left : next;
            }
            alive.Add(name);
        }
        await WriteAsync(alive, ct);
        return next;
    }

    private TimeSpan Remaining(string name, long revision, long now)
    {
        if (!_others.TryGetValue(name, out var known) || known.Revision != revision)
        {
            _others[name] = known = (revision, now);
        }
        return TimeToLive - time.GetElapsedTime(known.Seen, now);
    }

    private async Task WriteAsync(List<string> addresses, CancellationToken ct)
    {
        addresses.Sort(StringComparer.Ordinal);
        foreach (var wanted in BootstrapObjects.Endpoints(addresses, port))
        {
            while (Bootstrapper.Request(wanted, store, indexer, Metadata.Time(time.GetUtcNow())) is { } request
                && await store.WriteAsync(request, ct) is { Outcome: not WriteOutcome.Done } refused)
            {
                if (refused.Outcome == WriteOutcome.Unavailable)
                {
                    throw new IOException(refused.Error);
                }
                // Another server came between: look again at what it made.
            }
        }
    }

    private async Task LeaveAsync()
    {
        await TryAsync(async () =>
        {
            // Not the caller's token: it is cancelled by now.
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
            await store.WriteAsync(new() { Key = new ObjectKey(Collection, "", address), Kind = WriteKind.Delete }, late.Token);
            await WriteAsync([.. store.List(Collection, null)!.Items.Select(lease => lease.Key.Name).Where(name => name != address)], late.Token);
            return null;
        });
    }

    /// <summary>What fails is tried again at the next renewal.</summary>
    private async Task<TimeSpan?> TryAsync(Func<Task<TimeSpan?>> step)
    {
        try
        {
            return await step();
        }
        catch (IOException e)
        {
            LogFailed(logger, e.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The server at {Address} is silent: it leaves the endpoints of the Service kubernetes")]
    private static partial void LogDead(ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The endpoints of the Service kubernetes were not renewed: {Why}")]
    private static partial void LogFailed(ILogger logger, string? why);
}

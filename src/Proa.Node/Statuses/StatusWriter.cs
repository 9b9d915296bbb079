using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Client;

namespace Proa.Node.Statuses;

/// <summary>
/// Writes pods' statuses to the API: of one pod one at a time and in order; when several wait only the latest is written.
/// Tries again while the API does not answer. Thread-safe.
/// </summary>
internal sealed partial class StatusWriter(IClusterClient client, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];

    /// <param name="pod">As the API has it; the first one's status is the base of the first patch.</param>
    /// <param name="status">The wanted status.</param>
    /// <param name="ct">Ends the attempts.</param>
    public void Write(Pod pod, PodStatus status, CancellationToken ct)
    {
        var uid = pod.Metadata.Uid ?? "";
        lock (_gate)
        {
            if (!_entries.TryGetValue(uid, out var entry))
            {
                _entries.Add(uid, entry = new Entry { Acknowledged = pod.Status });
            }
            entry.Pending = status;
            if (entry.Writing.IsCompleted)
            {
                entry.Writing = Task.Run(() => DrainAsync(pod.Metadata.Namespace, pod.Metadata.Name!, uid, entry, ct), CancellationToken.None);
            }
        }
    }

    /// <summary>Completes when all that was asked for up to now is written, or the pod is gone.</summary>
    public Task FlushAsync(string uid, CancellationToken ct)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(uid, out var entry) ? entry.Writing.WaitAsync(ct) : Task.CompletedTask;
        }
    }

    public void Forget(string uid)
    {
        lock (_gate)
        {
            _entries.Remove(uid);
        }
    }

    private async Task DrainAsync(string? ns, string name, string uid, Entry entry, CancellationToken ct)
    {
        while (true)
        {
            PodStatus wanted;
            lock (_gate)
            {
                if (entry.Pending is null)
                {
                    // Under the lock that Write takes, so that a status queued now starts a new loop.
                    entry.Writing = Task.CompletedTask;
                    return;
                }
                wanted = entry.Pending;
                entry.Pending = null;
            }
            try
            {
                if (StatusPatch.Make(uid, entry.Acknowledged, wanted) is not { } patch)
                {
                    continue;
                }
                var answer = await client.PatchAsync<Pod>(ns, name, PatchKind.Strategic, patch, ct, "status");
                if (answer.Ok)
                {
                    entry.Acknowledged = wanted;
                }
                else if (!answer.IsNotFound && !answer.IsConflict)
                {
                    LogRefused(ns, name, answer.Error.Message);
                }
            }
            catch (HttpRequestException e)
            {
                LogUnwritten(ns, name, e.Message);
                lock (_gate)
                {
                    entry.Pending ??= wanted;
                }
                await Task.Delay(s_retry, time, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private sealed class Entry
    {
        public PodStatus? Pending { get; set; }

        /// <summary>What the API has by the last answer.</summary>
        public required PodStatus Acknowledged { get; set; }

        public Task Writing { get; set; } = Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The status of pod {Namespace}/{Name} was refused: {Reason}")]
    private partial void LogRefused(string? @namespace, string name, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The status of pod {Namespace}/{Name} could not be written yet: {Reason}")]
    private partial void LogUnwritten(string? @namespace, string name, string reason);
}

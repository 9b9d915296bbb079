using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Scheduler.Core;
using Proa.Scheduler.Preemption;

namespace Proa.Scheduler;

/// <summary>What pods are promised, and how they get it.</summary>
public sealed partial class SchedulerLoop
{
    private void OnBudget(PodDisruptionBudget? old, PodDisruptionBudget? now)
    {
        var metadata = (now ?? old!).Metadata;
        _cache.Snapshot.SetBudget(metadata.Namespace!, metadata.Name!, now);
    }

    /// <summary>Takes over what a pod's status says that it was promised.</summary>
    /// <returns>Whether a promise ended.</returns>
    private bool TakePromise(Pod? old, PodInfo info)
    {
        var promises = _cache.Snapshot.Promises;
        if (!string.IsNullOrEmpty(info.Pod.Status.NominatedNodeName))
        {
            promises.Set(info, info.Pod.Status.NominatedNodeName);
            return false;
        }
        if (!string.IsNullOrEmpty(old?.Status.NominatedNodeName))
        {
            promises.Remove(info.Uid);
            return true;
        }
        // Made a moment ago, and not in the status yet.
        promises.Refresh(info);
        return false;
    }

    /// <summary>Has others leave for a pod, when that helps.</summary>
    /// <returns>The node that it is promised; empty: none; null: as before.</returns>
    private string? Promise(PodInfo info, Decision decision, CancellationToken ct)
    {
        if (decision.Preemption is not { } candidate)
        {
            if (decision.KeepsPromise)
            {
                return null;
            }
            _cache.Snapshot.Promises.Remove(info.Uid);
            return "";
        }
        var outdone = _cache.Snapshot.Promises.Below(info, candidate.Node);
        outdone.ForEach(other => _cache.Snapshot.Promises.Remove(other.Uid));
        foreach (var victim in candidate.Victims)
        {
            _cache.Snapshot.SetEvicted(victim.Uid, true);
        }
        _cache.Snapshot.Promises.Set(info, candidate.Node);
        _ = Task.Run(() => MakeRoomAsync(info, candidate, outdone, ct), CancellationToken.None);
        return candidate.Node;
    }

    private async Task MakeRoomAsync(PodInfo info, Candidate candidate, List<PodInfo> outdone, CancellationToken ct)
    {
        string? error;
        try
        {
            error = await _preemptor.MakeRoomAsync(info, candidate, outdone, ct);
        }
        catch (HttpRequestException e)
        {
            error = e.Message;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        if (error is not null)
        {
            LogNoRoom(info.Namespace, info.Name, candidate.Node, error);
            _inputs.Writer.TryWrite(() => OnNoRoom(info, candidate));
        }
    }

    private void OnNoRoom(PodInfo info, Candidate candidate)
    {
        foreach (var victim in candidate.Victims)
        {
            _cache.Snapshot.SetEvicted(victim.Uid, false);
        }
        if (_queue.Contains(info.Uid))
        {
            _queue.Set(info);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Name} was to get a place on {Node}, but a pod there could not be told to leave: {Why}")]
    private partial void LogNoRoom(string @namespace, string name, string node, string why);
}

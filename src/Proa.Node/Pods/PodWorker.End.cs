using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Node;

namespace Proa.Node.Pods;

/// <summary>The end of a pod: drained, stopped, told, taken apart, deleted.</summary>
internal sealed partial class PodWorker
{
    private static readonly TimeSpan s_drainBound = TimeSpan.FromSeconds(2);
    private volatile TaskCompletionSource _graceChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;
    private bool _deleteSent;

    /// <summary>Goes as far as can be gone now; called again when more is known.</summary>
    /// <returns>Whether nothing of the pod is left, here and in the API.</returns>
    private async Task<bool> EndAsync(CancellationToken ct)
    {
        if (!_stopped)
        {
            _ending = _gone || _failure is not null || _pod.Metadata.DeletionTimestamp is not null;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            StopProbes();
            Publish();
            await StopContainersAsync(ct);
            await StopSandboxesAsync(ct);
            foreach (var record in _seen.Containers)
            {
                if (record.State == RunState.Running)
                {
                    // The stop of its sandbox ended it.
                    await RefreshAsync(record.Id, ended: true, ct);
                }
            }
            _ending = true;
            Publish();
            if (await _services.Volumes.UnmountAsync(Uid, ct) is { Ok: false } failed)
            {
                LogNotUnmounted(_pod.Metadata.Namespace, _pod.Metadata.Name, failed.Error!);
                RetryLater();
                return false;
            }
            _services.Cgroup.Remove(Uid);
            _stopped = true;
        }
        if (_gone)
        {
            await RemoveAsync(ct);
            return true;
        }
        if (_pod.Metadata.DeletionTimestamp is not null && !_deleteSent)
        {
            Publish();
            await _services.Statuses.FlushAsync(Uid, ct);
            var request = new DeleteRequest(GraceSeconds: 0, Uid: Uid);
            var answer = await _services.Client.DeleteAsync<Pod>(_pod.Metadata.Namespace, _pod.Metadata.Name!, request, ct);
            _deleteSent = answer.Ok;
            if (!answer.Ok)
            {
                RetryLater();
            }
            if (answer.IsNotFound || answer.IsConflict)
            {
                // Another pod has the name by now, or none.
                _gone = true;
                await RemoveAsync(ct);
                return true;
            }
        }
        return false;
    }

    private async Task StopContainersAsync(CancellationToken ct)
    {
        var pod = _pod;
        if (!_seen.AnyRunning)
        {
            return;
        }
        if (_services.Drain is { } drain && Ip.Length > 0 && (_gone || pod.Metadata.DeletionTimestamp is not null))
        {
            await DrainAsync(drain, pod, ct);
        }
        using var hurry = new CancellationTokenSource();
        var killing = KillAllAsync(pod, hurry.Token, ct);
        var grace = Grace(pod);
        while (!killing.IsCompleted)
        {
            _graceChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var now = _gone ? TimeSpan.FromSeconds(1) : Grace(_pod);
            if (now < grace)
            {
                // A second delete asks for less: hooks are cut short, and a shorter wait is asked of the runtime.
                grace = now;
                await hurry.CancelAsync();
                foreach (var record in _seen.Containers)
                {
                    if (record.State == RunState.Running)
                    {
                        _ = _services.Runtime.StopContainerAsync(record.Id, grace, ct);
                    }
                }
            }
            await Task.WhenAny(killing, _graceChanged.Task);
        }
        await killing;
    }

    /// <summary>No proxy sends to the pod any more before it is told to stop; a silent proxy does not hold it for long.</summary>
    private async Task DrainAsync(IDrainGate drain, Pod pod, CancellationToken ct)
    {
        using var bound = new CancellationTokenSource(s_drainBound, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, bound.Token);
        try
        {
            await drain.WaitDrainedAsync(pod.Metadata.Namespace ?? "", pod.Metadata.Name ?? "", [Ip], either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            LogNotDrained(pod.Metadata.Namespace, pod.Metadata.Name);
        }
    }

    /// <summary>Sidecars outlive the containers that they serve, and stop in the reverse order of their start.</summary>
    private async Task KillAllAsync(Pod pod, CancellationToken hurry, CancellationToken ct)
    {
        var began = _services.Time.GetTimestamp();
        var grace = _gone && pod.Metadata.DeletionTimestamp is null ? TimeSpan.FromSeconds(1) : Grace(pod);
        var sidecars = new List<ContainerRecord>();
        var others = new List<Task>();
        foreach (var record in _seen.Containers)
        {
            if (record.State != RunState.Running)
            {
                continue;
            }
            if (PodContainer.Find(pod, record.Name)?.Kind == ContainerKind.Sidecar)
            {
                sidecars.Add(record);
            }
            else
            {
                others.Add(StopAsync(pod, record, grace, hurry, ct));
            }
        }
        await Task.WhenAll(others);
        sidecars.Sort((a, b) => b.CreatedAt.CompareTo(a.CreatedAt));
        foreach (var record in sidecars)
        {
            var left = grace - _services.Time.GetElapsedTime(began);
            await StopAsync(pod, record, left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), hurry, ct);
        }
    }

    private async Task StopAsync(Pod pod, ContainerRecord record, TimeSpan grace, CancellationToken hurry, CancellationToken ct)
    {
        await _killer.KillAsync(pod, record, $"Stopping container {record.Name}", grace, Ip, hurry, ct);
        await RefreshAsync(record.Id, ended: true, ct);
    }

    private static TimeSpan Grace(Pod pod) =>
        TimeSpan.FromSeconds(Math.Max(pod.Metadata.DeletionGracePeriodSeconds ?? pod.Spec.TerminationGracePeriodSeconds ?? 30, 1));

    private async Task StopSandboxesAsync(CancellationToken ct)
    {
        foreach (var sandbox in _seen.Sandboxes)
        {
            if (!sandbox.Ready)
            {
                continue;
            }
            var stopped = await _services.Runtime.StopPodSandboxAsync(sandbox.Id, ct);
            if (stopped.Ok || stopped.IsNotFound)
            {
                Change(seen => seen.With(sandbox with { Ready = false }));
            }
            else
            {
                throw new IOException($"sandbox {sandbox.Id} could not be stopped: {stopped.Status.Message}");
            }
        }
    }

    private async Task RemoveAsync(CancellationToken ct)
    {
        foreach (var sandbox in _seen.Sandboxes)
        {
            await _services.Runtime.RemovePodSandboxAsync(sandbox.Id, ct);
        }
        _seen = PodObservation.Nothing;
        _services.Cgroup.Remove(Uid);
        _services.Statuses.Forget(Uid);
        var logs = _services.Paths.Logs(_pod.Metadata.Namespace, _pod.Metadata.Name, Uid);
        if (Directory.Exists(logs))
        {
            Directory.Delete(logs, recursive: true);
        }
    }

    [Microsoft.Extensions.Logging.LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Warning, Message = "No proxy acknowledged the drain of pod {Namespace}/{Name} in time; it stops now")]
    private partial void LogNotDrained(string? @namespace, string? name);

    [Microsoft.Extensions.Logging.LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Warning, Message = "Volumes of pod {Namespace}/{Name} are still mounted: {Reason}")]
    private partial void LogNotUnmounted(string? @namespace, string? name, string reason);
}

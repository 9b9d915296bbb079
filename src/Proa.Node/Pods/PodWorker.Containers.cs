using Proa.Api.Models.Core;
using Proa.Client.Events;

namespace Proa.Node.Pods;

/// <summary>Starts and stops the pod's containers.</summary>
internal sealed partial class PodWorker
{
    private async Task KillAsync(IReadOnlyList<ContainerKill> kills, CancellationToken ct)
    {
        if (kills.Count == 0)
        {
            return;
        }
        var pod = _pod;
        await Task.WhenAll(kills.Select(async kill =>
        {
            await _killer.KillAsync(pod, kill.Container, kill.Message, GraceFor(pod, kill.Container), Ip, _hurry.Token, ct);
            await RefreshAsync(kill.Container.Id, ended: true, ct);
        }));
    }

    /// <returns>Whether it runs now.</returns>
    private async Task<bool> StartAsync(PodContainer container, PodObservation before, CancellationToken ct)
    {
        var pod = _pod;
        var now = _services.Time.GetUtcNow();
        if (_restarts.MustWait(container.Name, now) || _seen.ReadySandbox is not { } sandbox)
        {
            return false;
        }
        // As in the original, a container that was just killed is measured by the one before it.
        foreach (var record in before.Containers)
        {
            if (record.Name == container.Name && record.State == RunState.Exited)
            {
                var (wait, news) = _restarts.Hold(pod, container.Name, record.FinishedAt ?? record.CreatedAt, now);
                if (news)
                {
                    _services.Events.Record(pod, "Warning", "BackOff",
                        $"Back-off restarting failed container {container.Name} in pod {pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})",
                        container.FieldPath);
                }
                if (wait)
                {
                    return false;
                }
                break;
            }
        }
        var latest = _seen.Latest(container.Name);
        var attempt = latest is null ? 0 : latest.Attempt + 1;
        var config = _services.Sandboxes.For(pod, sandbox.Attempt);
        var target = container.Kind == ContainerKind.Ephemeral ? TargetOf(pod, container.Name) : null;
        var result = await _starter.StartAsync(pod, container, attempt, sandbox, config, target, _owns, _hurry.Token, ct);
        if (result.Record is { } created)
        {
            Change(seen => seen.With(created));
        }
        if (!result.Ok)
        {
            await OnStartFailedAsync(pod, container, result, ct);
            return false;
        }
        _restarts.Started(container.Name);
        if (result.Record is { State: RunState.Running } running)
        {
            StartProbes(container, running, known: null);
        }
        else
        {
            Wake();
        }
        await RemoveOldAsync(container.Name, ct);
        return true;
    }

    private async Task OnStartFailedAsync(Pod pod, PodContainer container, StartResult result, CancellationToken ct)
    {
        var why = new ContainerStateWaiting { Reason = result.Reason, Message = result.Message };
        if (result.Record is { State: RunState.Running } running)
        {
            // Its postStart hook failed: it must not stay.
            await _killer.KillAsync(pod, running, "FailedPostStartHook", GraceFor(pod, running), Ip, _hurry.Token, ct);
            await RefreshAsync(running.Id, ended: true, ct);
        }
        // Once there was a container, its end sets the pace; else try again after a while.
        _restarts.Failed(container.Name, why, result.Record is null ? _services.Time.GetUtcNow() + s_retryAfter : null);
        if (result.Record is not null)
        {
            Publish();
            Wake();
        }
    }

    private string? TargetOf(Pod pod, string ephemeral)
    {
        foreach (var spec in pod.Spec.EphemeralContainers)
        {
            if (spec.Name == ephemeral && !string.IsNullOrEmpty(spec.TargetContainerName))
            {
                return _seen.Latest(spec.TargetContainerName)?.Id;
            }
        }
        return null;
    }

    /// <summary>Keeps the newest that ended, for <c>logs --previous</c>.</summary>
    private async Task RemoveOldAsync(string container, CancellationToken ct)
    {
        var kept = 0;
        foreach (var record in _seen.Containers)
        {
            if (record.Name == container && ++kept > 2)
            {
                await _services.Runtime.RemoveContainerAsync(record.Id, ct);
                Change(seen => seen.Without(record.Id));
                var logs = _services.Paths.Logs(_pod.Metadata.Namespace, _pod.Metadata.Name, Uid);
                var log = Path.Combine(logs, PodPaths.Log(container, record.Attempt));
                if (File.Exists(log))
                {
                    File.Delete(log);
                }
            }
        }
    }
}

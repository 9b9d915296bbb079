using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Core;
using Proa.Client.Events;
using Proa.Node.Probes;
using Proa.Node.Statuses;

namespace Proa.Node.Pods;

/// <summary>
/// Brings one pod to what its specification says and keeps it there, from its assignment to the node until nothing of it
/// is left. It sleeps until something happens: the pod changed, a process ended, a probe changed its mind, a back-off is
/// over. What to do is decided by <see cref="PodPlanner"/>, what to tell by <see cref="PodStatusRules"/>.
/// </summary>
internal sealed partial class PodWorker : IDisposable
{
    private static readonly TimeSpan s_firstStatusAfter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromMilliseconds(10_500);

    private readonly PodServices _services;
    private readonly ILogger _logger;
    private readonly ContainerStarter _starter;
    private readonly ContainerKiller _killer;
    private readonly Action<string> _owns;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentQueue<string> _exited = new();
    private readonly ConcurrentDictionary<string, ContainerProbes> _probes = new(StringComparer.Ordinal);
    private readonly PodRestarts _restarts = new();
    private readonly Lock _publishing = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly ITimer _timer;
    private readonly ITimer _firstStatus;
    private volatile Pod _pod;
    private volatile PodObservation _seen;
    private volatile bool _gone;
    private PodStatus _status;
    private Pod? _mounted;
    private TimeSpan _retryDelay;
    private DateTimeOffset? _retryAt;
    private PodFailure? _failure;
    private bool _ending;
    private CancellationToken _stop;

    /// <param name="services">Shared by all.</param>
    /// <param name="pod">As the API has it.</param>
    /// <param name="seen">What the runtime holds of it already.</param>
    /// <param name="owns">Told the id of each sandbox and container that is this pod's.</param>
    public PodWorker(PodServices services, Pod pod, PodObservation seen, Action<string> owns)
    {
        _services = services;
        _logger = services.Logger;
        _starter = new(services);
        _killer = new(services);
        _owns = owns;
        _pod = pod;
        _status = pod.Status;
        _seen = seen;
        _timer = services.Time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _firstStatus = services.Time.CreateTimer(_ => Publish(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            _hurry.Cancel();
        }
        foreach (var record in seen.Containers)
        {
            owns(record.Id);
        }
        foreach (var sandbox in seen.Sandboxes)
        {
            owns(sandbox.Id);
        }
        Wake();
    }

    public string Uid => _pod.Metadata.Uid ?? "";

    /// <summary>The pod with the status as it is known here.</summary>
    public Pod Current
    {
        get
        {
            lock (_publishing)
            {
                return _pod with { Status = _status };
            }
        }
    }

    public PodObservation Seen => _seen;

    /// <summary>The pod changed in the API. A change of its status alone is no reason to act.</summary>
    public void Update(Pod pod)
    {
        var old = _pod;
        _pod = pod;
        if (pod.Metadata.DeletionTimestamp is not null && old.Metadata.DeletionTimestamp is null)
        {
            _hurry.Cancel();
        }
        if (old.Metadata.Generation != pod.Metadata.Generation || old.Metadata.DeletionTimestamp != pod.Metadata.DeletionTimestamp
            || old.Metadata.DeletionGracePeriodSeconds != pod.Metadata.DeletionGracePeriodSeconds
            || old.Spec != pod.Spec || !SameMaps(old, pod))
        {
            _graceChanged.TrySetResult();
            Wake();
        }
        else if (pod.Spec.ReadinessGates.Count > 0)
        {
            Publish();
        }
    }

    /// <summary>The pod is gone from the API: what is left of it has to go, too.</summary>
    public void Deleted()
    {
        _gone = true;
        _hurry.Cancel();
        _graceChanged.TrySetResult();
        Wake();
    }

    /// <summary>The process of a container or sandbox of this pod ended.</summary>
    public void Exited(string id)
    {
        _exited.Enqueue(id);
        Wake();
    }

    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Works until nothing of the pod is left; cancelled, it leaves everything as it stands.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        _stop = ct;
        StartProbesOfAdopted();
        while (true)
        {
            await _wake.Reader.ReadAsync(ct);
            try
            {
                await TakeExitsAsync(ct);
                if (_gone || _pod.Metadata.DeletionTimestamp is not null || await SyncAsync(ct))
                {
                    if (await EndAsync(ct))
                    {
                        return;
                    }
                }
                Schedule();
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                // Hurried: the pod is ending, and the wake for it has been written.
            }
            catch (Exception e) when (e is IOException or HttpRequestException or UnauthorizedAccessException)
            {
                // A full disk, an API that does not answer: nothing that another attempt might not cure.
                LogFailed(e, _pod.Metadata.Namespace, _pod.Metadata.Name);
                RetryLater();
                Schedule();
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _firstStatus.Dispose();
        StopProbes();
        _hurry.Dispose();
    }

    /// <returns>Whether the pod's work is over.</returns>
    private async Task<bool> SyncAsync(CancellationToken ct)
    {
        var now = _services.Time.GetUtcNow();
        if (_retryAt is { } retry && retry > now && _seen.ReadySandbox is null)
        {
            return false;
        }
        _restarts.Promote(now);
        if (_seen.Sandboxes.Count > 0)
        {
            Publish();
        }
        else
        {
            _firstStatus.Change(s_firstStatusAfter, Timeout.InfiniteTimeSpan);
        }
        if (IsPastDeadline(now))
        {
            return true;
        }
        if (_status.Phase is "Succeeded" or "Failed" || PodPlanner.IsFinished(_pod, _seen))
        {
            return true;
        }
        for (var rounds = 0; rounds < 8; rounds++)
        {
            var before = _seen;
            var plan = PodPlanner.Plan(_pod, before, HealthOf);
            if (plan.KillPod)
            {
                return true;
            }
            await KillAsync(plan.Kills, ct);
            if (plan.NewSandboxAttempt is { } attempt)
            {
                if (!await MakeSandboxAsync(attempt, ct))
                {
                    break;
                }
                continue;
            }
            if (plan.Starts.Count == 0 || !await MountAsync(ct))
            {
                break;
            }
            var started = false;
            foreach (var container in plan.Starts)
            {
                started |= await StartAsync(container, before, ct);
            }
            // What started may open the way for the next: a sidecar for the main containers.
            if (!started || !_exited.IsEmpty)
            {
                break;
            }
        }
        if (_seen.ReadySandbox is not null)
        {
            // Its labels may be in a volume; and after a restart, volumes are to be kept current again.
            await MountAsync(ct);
        }
        await ResizeAsync(ct);
        Publish();
        return false;
    }

    private bool IsPastDeadline(DateTimeOffset now)
    {
        if (_pod.Spec.ActiveDeadlineSeconds is not { } seconds || _status.StartTime is not { } start || now - start < TimeSpan.FromSeconds(seconds)
            || _status.Phase is "Succeeded" or "Failed")
        {
            return false;
        }
        _failure = new("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
        _services.Events.Normal(_pod, _failure.Reason, _failure.Message);
        return true;
    }

    private async Task<bool> MountAsync(CancellationToken ct)
    {
        var pod = _pod;
        if (ReferenceEquals(_mounted, pod))
        {
            return true;
        }
        var result = await _services.Volumes.MountAsync(pod, _hurry.Token);
        if (result.Ok)
        {
            _mounted = pod;
            return true;
        }
        _services.Events.Warning(pod, "FailedMount", result.Error!);
        RetryLater();
        ct.ThrowIfCancellationRequested();
        return false;
    }

    private async Task<bool> MakeSandboxAsync(int attempt, CancellationToken ct)
    {
        if (!await MountAsync(ct))
        {
            return false;
        }
        var pod = _pod;
        if (attempt > 0)
        {
            _services.Events.Normal(pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
            await StopSandboxesAsync(ct);
        }
        Directory.CreateDirectory(_services.Paths.Logs(pod.Metadata.Namespace, pod.Metadata.Name, pod.Metadata.Uid));
        if (File.Exists(_services.Paths.Hosts(pod)))
        {
            // It names the address of the sandbox before.
            File.Delete(_services.Paths.Hosts(pod));
        }
        await _services.SandboxSlots.WaitAsync(_hurry.Token);
        try
        {
            var config = _services.Sandboxes.For(pod, attempt);
            var run = await _services.Runtime.RunPodSandboxAsync(config, "", ct);
            if (!run.Ok)
            {
                _services.Events.Warning(pod, "FailedCreatePodSandBox",
                    $"Failed to create pod sandbox: rpc error: code = {run.Status.Code} desc = {run.Status.Message}");
                RetryLater();
                await FindSandboxesAsync(ct);
                return false;
            }
            _owns(run.Value.PodSandboxId);
            return await ReadSandboxAsync(run.Value.PodSandboxId, ct);
        }
        finally
        {
            _services.SandboxSlots.Release();
        }
    }

    /// <summary>A sandbox that was made although its making seemed to fail would hold its name for ever.</summary>
    private async Task FindSandboxesAsync(CancellationToken ct)
    {
        var filter = new Cri.V1.PodSandboxFilter();
        filter.LabelSelector[PodLabels.PodUid] = Uid;
        var listed = await _services.Runtime.ListPodSandboxesAsync(filter, ct);
        if (!listed.Ok)
        {
            return;
        }
        foreach (var item in listed.Value.Items)
        {
            if (_seen.Sandboxes.All(known => known.Id != item.Id))
            {
                _owns(item.Id);
                await ReadSandboxAsync(item.Id, ct);
            }
        }
    }

    private async Task<bool> ReadSandboxAsync(string id, CancellationToken ct)
    {
        var status = await _services.Runtime.PodSandboxStatusAsync(id, verbose: false, ct);
        if (!status.Ok)
        {
            if (status.IsNotFound)
            {
                _seen = _seen.Without(id);
            }
            return false;
        }
        _seen = _seen.With(SandboxRecords.From(status.Value.Status));
        _retryDelay = TimeSpan.Zero;
        _retryAt = null;
        return true;
    }

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
            _seen = _seen.With(created);
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
                _seen = _seen.Without(record.Id);
                var logs = _services.Paths.Logs(_pod.Metadata.Namespace, _pod.Metadata.Name, Uid);
                var log = Path.Combine(logs, PodPaths.Log(container, record.Attempt));
                if (File.Exists(log))
                {
                    File.Delete(log);
                }
            }
        }
    }

    private async Task TakeExitsAsync(CancellationToken ct)
    {
        while (_exited.TryDequeue(out var id))
        {
            var sandbox = false;
            foreach (var known in _seen.Sandboxes)
            {
                sandbox |= known.Id == id && known.Ready;
            }
            if (sandbox)
            {
                await ReadSandboxAsync(id, ct);
            }
            else if (_seen.ById(id) is { State: not RunState.Exited } record)
            {
                await RefreshAsync(id, ended: record.State == RunState.Running, ct);
            }
        }
    }

    /// <summary>
    /// Asks the runtime for a container's state. When its process is known to have ended, the runtime's own books may
    /// follow a moment later: they are waited for.
    /// </summary>
    private async Task RefreshAsync(string id, bool ended, CancellationToken ct)
    {
        if (_seen.ById(id) is not { } known)
        {
            return;
        }
        for (var attempt = 0; ; attempt++)
        {
            var record = await _starter.ReadAsync(id, known.SandboxId, ct);
            if (record is null)
            {
                _seen = _seen.With(known with { State = RunState.Unknown });
                break;
            }
            if (!ended || record.State != RunState.Running || attempt == 200)
            {
                _seen = _seen.With(record);
                break;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), _services.Time, ct);
        }
        if (_seen.ById(id) is not { State: RunState.Running })
        {
            _restarts.Ended(known.Name);
            if (_probes.TryRemove(id, out var probes))
            {
                probes.Dispose();
            }
        }
    }

    private ContainerHealth HealthOf(ContainerRecord record)
    {
        if (_probes.TryGetValue(record.Id, out var probes))
        {
            return probes.Health;
        }
        return ContainerHealth.Unprobed;
    }

    private void StartProbes(PodContainer container, ContainerRecord record, ContainerHealth? known)
    {
        var spec = container.Spec;
        if (container.Kind is ContainerKind.Main or ContainerKind.Sidecar
            && (spec.LivenessProbe ?? spec.ReadinessProbe ?? spec.StartupProbe) is not null)
        {
            _probes[record.Id] = new(
                container, record, known, () => new(_pod, spec, record.Id, Ip), _services.Probes, _services.Events, _services.Time, OnProbed);
        }
    }

    /// <summary>A container that goes on running over a restart of Proa is as ready as it was last told to be.</summary>
    private void StartProbesOfAdopted()
    {
        foreach (var container in PodContainer.All(_pod))
        {
            if (_seen.Latest(container.Name) is not { State: RunState.Running } record)
            {
                continue;
            }
            ContainerHealth? known = null;
            foreach (var list in (IReadOnlyList<ContainerStatus>[])[_pod.Status.ContainerStatuses, _pod.Status.InitContainerStatuses])
            {
                foreach (var status in list)
                {
                    if (status.ContainerID == ContainerStatuses.IdPrefix + record.Id)
                    {
                        known = new(status.Started == true, status.Ready, false, false);
                    }
                }
            }
            StartProbes(container, record, known);
        }
    }

    private void OnProbed()
    {
        Publish();
        Wake();
    }

    private void StopProbes()
    {
        foreach (var probes in _probes.Values)
        {
            probes.Dispose();
        }
    }

    private string Ip => _pod.Spec.HostNetwork == true
        ? _services.HostIps.Count > 0 ? _services.HostIps[0] : "127.0.0.1"
        : _seen.Sandboxes.Count > 0 && _seen.Sandboxes[0].Ips.Count > 0 ? _seen.Sandboxes[0].Ips[0] : "";

    private TimeSpan GraceFor(Pod pod, ContainerRecord record)
    {
        var seconds = pod.Spec.TerminationGracePeriodSeconds ?? 30;
        var health = HealthOf(record);
        var spec = PodContainer.Find(pod, record.Name)?.Spec;
        var own = health.LivenessFailed ? spec?.LivenessProbe?.TerminationGracePeriodSeconds
            : health.StartupFailed ? spec?.StartupProbe?.TerminationGracePeriodSeconds : null;
        return TimeSpan.FromSeconds(own ?? seconds);
    }

    private void Publish()
    {
        lock (_publishing)
        {
            var pod = _pod;
            var foreign = pod.Status.Conditions.Where(condition => !PodConditions.IsOwn(condition.Type));
            var own = _status.Conditions.Where(condition => PodConditions.IsOwn(condition.Type));
            var input = new PodStatusInput
            {
                Pod = pod with { Status = _status with { Conditions = [.. foreign, .. own] } },
                Seen = _seen,
                Health = HealthOf,
                Waiting = _restarts.Shown,
                HostIps = _services.HostIps,
                Now = _services.Time.GetUtcNow(),
                Ending = _ending,
                Failure = _failure,
            };
            _firstStatus.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            var status = PodStatusRules.Of(input);
            if (status == _status && !ReferenceEquals(_status, pod.Status))
            {
                return;
            }
            _status = status;
            if (!_gone)
            {
                _services.Statuses.Write(pod, status, _stop);
            }
        }
    }

    private void RetryLater()
    {
        _retryDelay = _retryDelay == TimeSpan.Zero ? TimeSpan.FromMilliseconds(500)
            : _retryDelay * 2 < TimeSpan.FromSeconds(30) ? _retryDelay * 2 : TimeSpan.FromSeconds(30);
        _retryAt = _services.Time.GetUtcNow() + _retryDelay;
    }

    private void Schedule()
    {
        var now = _services.Time.GetUtcNow();
        var due = _retryAt > now ? _retryAt : null;
        if (!_ending)
        {
            Earlier(_restarts.Due);
            if (_pod.Spec.ActiveDeadlineSeconds is { } seconds && _failure is null)
            {
                Earlier((_status.StartTime ?? now) + TimeSpan.FromSeconds(seconds));
            }
        }
        if (due is { } at)
        {
            var wait = at - now;
            _timer.Change(wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }

        void Earlier(DateTimeOffset? at) => due = at is not null && (due is null || at < due) ? at : due;
    }

    private static bool SameMaps(Pod a, Pod b) => a.Metadata with
    {
        ResourceVersion = b.Metadata.ResourceVersion,
        ManagedFields = b.Metadata.ManagedFields,
    } == b.Metadata;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Name} could not be brought forward")]
    private partial void LogFailed(Exception error, string? @namespace, string? name);
}

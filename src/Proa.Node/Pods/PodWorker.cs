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
    private const int QuietMounts = 10;
    private static readonly TimeSpan s_quietMountPause = TimeSpan.FromMilliseconds(100);

    // A pod that starts at once is told once, running; the original looks about as often.
    private static readonly TimeSpan s_firstStatusAfter = TimeSpan.FromSeconds(1);
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
    private readonly Lock _changing = new();
    private readonly CancellationTokenSource _hurry = new();
    private int _quietMounts;
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
            _ = _hurry.CancelAsync();
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
        _ = _hurry.CancelAsync();
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
        ct.ThrowIfCancellationRequested();
        if (_quietMounts++ < QuietMounts)
        {
            // A namespace's first pods come with its certificates' ConfigMap: for a second that is no failure to tell of.
            _retryAt = _services.Time.GetUtcNow() + s_quietMountPause;
            return false;
        }
        _services.Events.Warning(pod, "FailedMount", result.Error!);
        RetryLater();
        return false;
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
                Change(seen => seen.With(known with { State = RunState.Unknown }));
                break;
            }
            if (!ended || record.State != RunState.Running || attempt == 200)
            {
                Change(seen => seen.With(record));
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

    /// <summary>Several containers may be stopped at once: no change of one may undo another's.</summary>
    private void Change(Func<PodObservation, PodObservation> change)
    {
        lock (_changing)
        {
            _seen = change(_seen);
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

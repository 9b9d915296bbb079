using Proa.Api.Models.Core;
using Proa.Client.Events;
using Proa.Node.Pods;

namespace Proa.Node.Probes;

/// <summary>
/// The probes of one running container, each on its own loop, from the container's start to its end. A result that
/// changes is told at once. Liveness and readiness begin when the startup probe succeeded; a container that failed
/// liveness or startup is not probed further.
/// </summary>
internal sealed class ContainerProbes : IDisposable
{
    private readonly PodContainer _container;
    private readonly ContainerRecord _record;
    private readonly Func<ProbeTarget> _target;
    private readonly ProbeRunner _runner;
    private readonly IEventRecorder _events;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _startedUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private ContainerHealth _health;

    /// <param name="container">The specification.</param>
    /// <param name="record">The running container.</param>
    /// <param name="known">What an earlier run of Proa knew of this very container; null for a new one.</param>
    /// <param name="target">Where to probe, with the pod as it stands now.</param>
    /// <param name="runner">Makes the probes.</param>
    /// <param name="events">Told of failures.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">Called when <see cref="Health"/> changed.</param>
    public ContainerProbes(
        PodContainer container, ContainerRecord record, ContainerHealth? known, Func<ProbeTarget> target,
        ProbeRunner runner, IEventRecorder events, TimeProvider time, Action changed)
    {
        _container = container;
        _record = record;
        _target = target;
        _runner = runner;
        _events = events;
        _time = time;
        _changed = changed;
        var spec = container.Spec;
        _health = known ?? new(spec.StartupProbe is null, spec.ReadinessProbe is null, false, false);
        if (_health.Started)
        {
            _startedUp.SetResult();
        }
        else
        {
            _ = LoopAsync(ProbeKind.Startup, spec.StartupProbe!);
        }
        if (spec.ReadinessProbe is { } readiness)
        {
            _ = LoopAsync(ProbeKind.Readiness, readiness);
        }
        if (spec.LivenessProbe is { } liveness)
        {
            _ = LoopAsync(ProbeKind.Liveness, liveness);
        }
    }

    public ContainerHealth Health
    {
        get
        {
            lock (_gate)
            {
                return _health;
            }
        }
    }

    /// <summary>Ends the probes; may be called again. The source has no timer, so cancelling it is all there is to do.</summary>
    public void Dispose() => _stop.Cancel();

    private async Task LoopAsync(ProbeKind kind, Probe probe)
    {
        var ct = _stop.Token;
        var threshold = new ProbeThreshold(Math.Max(probe.SuccessThreshold ?? 1, 1), Math.Max(probe.FailureThreshold ?? 3, 1));
        var period = TimeSpan.FromSeconds(Math.Max(probe.PeriodSeconds ?? 10, 1));
        try
        {
            if (kind != ProbeKind.Startup)
            {
                await _startedUp.Task.WaitAsync(ct);
            }
            if (probe.InitialDelaySeconds is > 0)
            {
                var due = (_record.StartedAt ?? _time.GetUtcNow()) + TimeSpan.FromSeconds(probe.InitialDelaySeconds.Value) - _time.GetUtcNow();
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due, _time, ct);
                }
            }
            while (true)
            {
                var began = _time.GetTimestamp();
                var outcome = await _runner.RunAsync(_target(), probe, ct);
                Tell(kind, outcome);
                if (threshold.Record(outcome.Verdict) is { } result && !Settle(kind, result))
                {
                    return;
                }
                var rest = period - _time.GetElapsedTime(began);
                if (rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, _time, ct);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The container ended.
        }
    }

    /// <returns>Whether to go on probing.</returns>
    private bool Settle(ProbeKind kind, bool ok)
    {
        bool changed;
        lock (_gate)
        {
            var now = kind switch
            {
                ProbeKind.Startup => ok ? _health with { Started = true } : _health with { StartupFailed = true },
                ProbeKind.Readiness => _health with { Ready = ok },
                _ => ok ? _health : _health with { LivenessFailed = true },
            };
            changed = now != _health;
            _health = now;
        }
        if (kind == ProbeKind.Startup && ok)
        {
            _startedUp.TrySetResult();
        }
        if (changed)
        {
            _changed();
        }
        return kind == ProbeKind.Readiness || (kind == ProbeKind.Liveness && ok);
    }

    private void Tell(ProbeKind kind, ProbeOutcome outcome)
    {
        if (outcome.Verdict != ProbeVerdict.Success)
        {
            var message = outcome.Verdict == ProbeVerdict.Failure
                ? $"{kind} probe failed: {outcome.Output}"
                : $"{kind} probe errored and resulted in unknown state: {outcome.Output}";
            _events.Record(_target().Pod, "Warning", "Unhealthy", message, _container.FieldPath);
        }
    }
}

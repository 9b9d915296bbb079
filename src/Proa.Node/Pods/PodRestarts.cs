using System.Globalization;
using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>
/// Why containers of a pod wait, and when they are due. A crash is shown as such for a while before it reads
/// CrashLoopBackOff, as in the original, whose status lags one round behind its decisions. Only its pod's worker uses it.
/// </summary>
internal sealed class PodRestarts
{
    private static readonly TimeSpan s_showAfter = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, RestartBackoff> _backoffs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _retries = new(StringComparer.Ordinal);

    /// <summary>Shown waiting reasons by container; replaced, never changed.</summary>
    public IReadOnlyDictionary<string, ContainerStateWaiting> Shown { get; private set; } = new Dictionary<string, ContainerStateWaiting>();

    /// <summary>The earliest time at which something is due; null: nothing is.</summary>
    public DateTimeOffset? Due
    {
        get
        {
            DateTimeOffset? due = null;
            foreach (var held in _held.Values)
            {
                Earlier(ref due, Shown.ContainsKey(held.Container) ? held.Until : held.ShowAt < held.Until ? held.ShowAt : held.Until);
            }
            foreach (var at in _retries.Values)
            {
                Earlier(ref due, at);
            }
            return due;
        }
    }

    /// <summary>
    /// Whether the container must still wait after it last ended; if not, this counts as its start.
    /// </summary>
    /// <returns>True: wait. The second value tells whether that is news, worth an Event.</returns>
    public (bool Wait, bool News) Hold(Pod pod, string container, DateTimeOffset finishedAt, DateTimeOffset now)
    {
        if (_retries.TryGetValue(container, out var retry) && retry > now)
        {
            return (true, false);
        }
        _retries.Remove(container);
        if (!_backoffs.TryGetValue(container, out var backoff))
        {
            _backoffs.Add(container, backoff = new());
        }
        var remaining = backoff.Remaining(finishedAt, now);
        if (remaining == TimeSpan.Zero)
        {
            backoff.Next(finishedAt, now);
            _held.Remove(container);
            return (false, false);
        }
        if (_held.TryGetValue(container, out var held) && held.FinishedAt == finishedAt)
        {
            return (true, false);
        }
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"back-off {Text(backoff.Delay)} restarting failed container={container} pod={pod.Metadata.Name}_{pod.Metadata.Namespace}({pod.Metadata.Uid})");
        _held[container] = new(container, finishedAt, now + remaining, now + s_showAfter, new() { Reason = "CrashLoopBackOff", Message = message });
        return (true, true);
    }

    /// <summary>Whether a container that never ran must wait before the next attempt.</summary>
    public bool MustWait(string container, DateTimeOffset now) => _retries.TryGetValue(container, out var at) && at > now;

    /// <summary>An attempt failed: show why, and try again after a while.</summary>
    public void Failed(string container, ContainerStateWaiting why, DateTimeOffset? retryAt)
    {
        Shown = new Dictionary<string, ContainerStateWaiting>(Shown) { [container] = why };
        if (retryAt is { } at)
        {
            _retries[container] = at;
        }
    }

    /// <summary>The container runs.</summary>
    public void Started(string container)
    {
        _held.Remove(container);
        _retries.Remove(container);
        Hide(container);
    }

    /// <summary>The container ended: that is shown first.</summary>
    public void Ended(string container) => Hide(container);

    /// <summary>Shows the back-offs whose time to be shown has come.</summary>
    public void Promote(DateTimeOffset now)
    {
        foreach (var held in _held.Values)
        {
            if ((held.ShowAt <= now || held.Until <= now) && !(Shown.TryGetValue(held.Container, out var shown) && shown == held.Reason))
            {
                Shown = new Dictionary<string, ContainerStateWaiting>(Shown) { [held.Container] = held.Reason };
            }
        }
    }

    private void Hide(string container)
    {
        if (Shown.ContainsKey(container))
        {
            var shown = new Dictionary<string, ContainerStateWaiting>(Shown);
            shown.Remove(container);
            Shown = shown;
        }
    }

    private static void Earlier(ref DateTimeOffset? due, DateTimeOffset at) => due = due is null || at < due ? at : due;

    /// <summary>10s, 40s, 1m20s, 2m40s, 5m0s: as Go writes durations.</summary>
    private static string Text(TimeSpan delay) => delay < TimeSpan.FromMinutes(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)delay.TotalSeconds}s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)delay.TotalMinutes}m{delay.Seconds}s");

    private sealed record Held(string Container, DateTimeOffset FinishedAt, DateTimeOffset Until, DateTimeOffset ShowAt, ContainerStateWaiting Reason);
}

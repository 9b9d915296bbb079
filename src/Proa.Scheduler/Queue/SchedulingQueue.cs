using System.Diagnostics.CodeAnalysis;
using Proa.Scheduler.Core;

namespace Proa.Scheduler.Queue;

/// <summary>
/// The pods that wait, by priority and age. One that no node would take sleeps until something changes that it was rejected
/// for; when it is woken soon after several attempts, it waits a little. Used by one thread at a time.
/// </summary>
internal sealed class SchedulingQueue(TimeProvider time)
{
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromSeconds(10);

    // However the changes were missed: nothing sleeps longer.
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, QueuedPod> _pods = new(StringComparer.Ordinal);
    private readonly SortedSet<QueuedPod> _active = new(ByPriority.Instance);
    private readonly PriorityQueue<QueuedPod, DateTimeOffset> _waiting = new();
    private readonly HashSet<QueuedPod> _asleep = [];
    private long _sequence;

    /// <summary>Pods that wait, wherever.</summary>
    public int Count => _pods.Count;

    public bool Contains(string uid) => _pods.ContainsKey(uid);

    /// <summary>Adds a pod, or takes note of its new state, which is worth an attempt.</summary>
    public void Set(PodInfo info)
    {
        if (!_pods.TryGetValue(info.Uid, out var pod))
        {
            pod = new QueuedPod(info, _sequence++);
            _pods.Add(info.Uid, pod);
            Activate(pod);
            return;
        }
        // Its place in the order may depend on what changes.
        var wasActive = _active.Remove(pod);
        pod.Info = info;
        if (wasActive || pod.Place == PodPlace.Unschedulable)
        {
            Activate(pod);
        }
    }

    /// <summary>Takes note of a new state that changes nothing for scheduling, such as a condition.</summary>
    public void Refresh(PodInfo info)
    {
        if (_pods.TryGetValue(info.Uid, out var pod))
        {
            var wasActive = _active.Remove(pod);
            pod.Info = info;
            if (wasActive)
            {
                _active.Add(pod);
            }
        }
    }

    public void Remove(string uid)
    {
        if (_pods.Remove(uid, out var pod))
        {
            _active.Remove(pod);
            _asleep.Remove(pod);
        }
    }

    /// <summary>Takes the next pod to try; it stays known until it is removed or given back.</summary>
    public bool TryTake([NotNullWhen(true)] out QueuedPod? pod)
    {
        EndBackoffs();
        pod = _active.Min;
        if (pod is null)
        {
            return false;
        }
        _active.Remove(pod);
        pod.Place = PodPlace.InFlight;
        pod.Attempts++;
        pod.TriedAt = time.GetUtcNow();
        return true;
    }

    /// <summary>Gives back a pod for which there was no node.</summary>
    public void GiveBack(QueuedPod pod, ClusterChange retryAfter)
    {
        if (!IsKnown(pod))
        {
            return;
        }
        pod.RetryAfter = retryAfter;
        pod.Place = PodPlace.Unschedulable;
        _asleep.Add(pod);
        _waiting.Enqueue(pod, pod.TriedAt + s_longestSleep);
    }

    /// <summary>Gives back a pod whose attempt failed for reasons of its own: it is tried again after a while.</summary>
    public void RetryLater(QueuedPod pod)
    {
        if (IsKnown(pod))
        {
            pod.Place = PodPlace.Backoff;
            _waiting.Enqueue(pod, time.GetUtcNow() + Backoff(Math.Max(2, pod.Attempts)));
        }
    }

    /// <summary>Wakes the pods for which this change may make a difference.</summary>
    public void Changed(ClusterChange change)
    {
        if (_asleep.Count == 0)
        {
            return;
        }
        foreach (var pod in _asleep.Where(pod => (pod.RetryAfter & change) != 0).ToList())
        {
            Wake(pod);
        }
    }

    /// <summary>When the next pod comes out of its wait; null: none waits for a time.</summary>
    public DateTimeOffset? NextDue()
    {
        while (_waiting.TryPeek(out var pod, out var due))
        {
            if (IsKnown(pod) && pod.Place is PodPlace.Backoff or PodPlace.Unschedulable)
            {
                return due;
            }
            _waiting.Dequeue();
        }
        return null;
    }

    private static TimeSpan Backoff(int attempts)
    {
        // The first attempt costs nothing: a cluster that has just started rejects pods that fit a moment later.
        if (attempts < 2)
        {
            return TimeSpan.Zero;
        }
        var backoff = s_firstBackoff * Math.Pow(2, Math.Min(attempts - 2, 20));
        return backoff < s_longestBackoff ? backoff : s_longestBackoff;
    }

    private bool IsKnown(QueuedPod pod) => _pods.TryGetValue(pod.Info.Uid, out var known) && ReferenceEquals(known, pod);

    private void Wake(QueuedPod pod)
    {
        _asleep.Remove(pod);
        var due = pod.TriedAt + Backoff(pod.Attempts);
        if (due <= time.GetUtcNow())
        {
            Activate(pod);
            return;
        }
        pod.Place = PodPlace.Backoff;
        _waiting.Enqueue(pod, due);
    }

    private void Activate(QueuedPod pod)
    {
        _asleep.Remove(pod);
        pod.Place = PodPlace.Active;
        _active.Add(pod);
    }

    private void EndBackoffs()
    {
        var now = time.GetUtcNow();
        while (NextDue() is { } due && due <= now)
        {
            var pod = _waiting.Dequeue();
            // A pod may wait twice: for its backoff, and as one that slept before it was woken.
            if (pod.Place == PodPlace.Backoff || pod.TriedAt + s_longestSleep <= now)
            {
                Activate(pod);
            }
        }
    }

    private sealed class ByPriority : IComparer<QueuedPod>
    {
        public static readonly ByPriority Instance = new();

        public int Compare(QueuedPod? x, QueuedPod? y)
        {
            var byPriority = y!.Info.Priority.CompareTo(x!.Info.Priority);
            return byPriority != 0 ? byPriority : x.Sequence.CompareTo(y.Sequence);
        }
    }
}

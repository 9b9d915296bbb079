namespace Proa.Client.Queues;

/// <summary>
/// A queue of keys to look at. A key waits at most once; a key that is added while it is worked on comes again when that
/// work is done, so two workers never hold the same key. Per-key exponential backoff from 5 ms to 1000 s. Thread-safe.
/// The rules are those of client-go's <c>util/workqueue</c>.
/// </summary>
public sealed class WorkQueue<TKey> : IDisposable where TKey : notnull
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1000);

    private readonly Lock _gate = new();
    private readonly Queue<(TKey Key, long Since)> _ready = [];
    private readonly HashSet<TKey> _dirty = [];
    private readonly HashSet<TKey> _processing = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Dictionary<TKey, long> _due = [];
    private readonly PriorityQueue<TKey, long> _later = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private KeyValuePair<string, object?> _tag;
    private long _adds;

    public WorkQueue(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static queue => ((WorkQueue<TKey>)queue!).ReleaseDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait to be taken now; for tests and metrics.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>Names the queue for <see cref="QueueMeter"/>: what was counted before is told at once.</summary>
    public void Tell(string name)
    {
        lock (_gate)
        {
            if (_tag.Key is null)
            {
                _tag = new("name", name);
                QueueMeter.AddCount.Add(_adds, _tag);
                QueueMeter.DepthCount.Add(_ready.Count, _tag);
            }
        }
    }

    public void Add(TKey key)
    {
        lock (_gate)
        {
            AddLocked(key);
        }
    }

    /// <summary>Adds the key after a time; of several times for one key, the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }
        lock (_gate)
        {
            var at = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
            if (_due.TryGetValue(key, out var earlier) && earlier <= at)
            {
                return;
            }
            _due[key] = at;
            _later.Enqueue(key, at);
            ArmLocked();
        }
    }

    /// <summary>Adds the key after its backoff, which doubles with each call until <see cref="Forget"/>.</summary>
    public void AddWithBackoff(TKey key)
    {
        TimeSpan delay;
        lock (_gate)
        {
            var failures = _failures.GetValueOrDefault(key);
            _failures[key] = failures + 1;
            if (_tag.Key is not null)
            {
                QueueMeter.RetryCount.Add(1, _tag);
            }
            delay = failures >= 18 ? s_longest : TimeSpan.FromTicks(Math.Min(s_first.Ticks << failures, s_longest.Ticks));
        }
        AddAfter(key, delay);
    }

    /// <summary>Ends the key's backoff.</summary>
    public void Forget(TKey key)
    {
        lock (_gate)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>How often the key was added with backoff since it was last forgotten.</summary>
    public int Failures(TKey key)
    {
        lock (_gate)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    /// <summary>Waits for a key; the caller must call <see cref="Complete"/> when it has looked at it.</summary>
    public async ValueTask<TKey> TakeAsync(CancellationToken ct)
    {
        await _available.WaitAsync(ct);
        lock (_gate)
        {
            var (key, since) = _ready.Dequeue();
            if (_tag.Key is not null)
            {
                QueueMeter.DepthCount.Add(-1, _tag);
                QueueMeter.WaitTimes.Record(_time.GetElapsedTime(since).TotalSeconds, _tag);
            }
            _dirty.Remove(key);
            _processing.Add(key);
            return key;
        }
    }

    /// <summary>The work on the key is over; when it was added meanwhile, it is ready again.</summary>
    public void Complete(TKey key)
    {
        lock (_gate)
        {
            _processing.Remove(key);
            if (_dirty.Contains(key))
            {
                EnqueueLocked(key);
            }
        }
    }

    /// <summary>Stops the timer; keys that wait are dropped.</summary>
    public void Dispose() => _timer.Dispose();

    private void AddLocked(TKey key)
    {
        if (!_dirty.Add(key))
        {
            return;
        }
        _adds++;
        if (_tag.Key is not null)
        {
            QueueMeter.AddCount.Add(1, _tag);
        }
        if (!_processing.Contains(key))
        {
            EnqueueLocked(key);
        }
    }

    private void EnqueueLocked(TKey key)
    {
        _ready.Enqueue((key, _time.GetTimestamp()));
        _available.Release();
        if (_tag.Key is not null)
        {
            QueueMeter.DepthCount.Add(1, _tag);
        }
    }

    private void ReleaseDue()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            while (_later.TryPeek(out var key, out var at) && at <= now)
            {
                _later.Dequeue();
                // An entry that an earlier one replaced has another time than the key's.
                if (_due.TryGetValue(key, out var due) && due == at)
                {
                    _due.Remove(key);
                    AddLocked(key);
                }
            }
            ArmLocked();
        }
    }

    private void ArmLocked()
    {
        if (_later.TryPeek(out _, out var at))
        {
            // A timer may fire a little early by the clock that counts: round up to the next millisecond.
            var ticks = Math.Max(0, at - _time.GetTimestamp());
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1000.0 / _time.TimestampFrequency)), Timeout.InfiniteTimeSpan);
        }
    }
}

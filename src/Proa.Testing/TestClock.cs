namespace Proa.Testing;

/// <summary>
/// A clock that runs as time does and that a test can move ahead: timers that fall due on the way fire in their order, each at
/// its own moment, before <see cref="Advance"/> returns. A frozen one moves only so. Thread-safe.
/// </summary>
public sealed class TestClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly Lock _moving = new();
    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private readonly TimeProvider _real = System;
    private readonly bool _frozen;
    private readonly DateTimeOffset _began;
    private readonly long _started;
    private readonly ITimer _wake;
    private long _offset;
    private long _order;

    /// <param name="frozen">It stands still unless it is moved. What waits a moment to try again then waits for the test, too.</param>
    /// <param name="now">When it begins; null: now.</param>
    public TestClock(bool frozen = false, DateTimeOffset? now = null)
    {
        _frozen = frozen;
        _began = now ?? _real.GetUtcNow();
        _started = _real.GetTimestamp();
        _wake = _real.CreateTimer(static clock => ((TestClock)clock!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => _began + TimeSpan.FromTicks(Elapsed);

    public override long GetTimestamp() => Elapsed;

    private long Elapsed => Interlocked.Read(ref _offset) + (_frozen ? 0 : _real.GetElapsedTime(_started).Ticks);

    /// <summary>Moves it ahead.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Time does not run backwards.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        lock (_moving)
        {
            var target = Elapsed + by.Ticks;
            while (Next(target) is { } due)
            {
                if (due > Elapsed)
                {
                    Interlocked.Add(ref _offset, due - Elapsed);
                }
                Fire();
            }
            if (target > Elapsed)
            {
                Interlocked.Add(ref _offset, target - Elapsed);
            }
        }
        Arm();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Alarm(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private long? Next(long until)
    {
        lock (_gate)
        {
            while (_alarms.TryPeek(out var alarm, out var at))
            {
                if (!alarm.IsAt(at.Order))
                {
                    _alarms.Dequeue();
                    continue;
                }
                return at.Due <= until ? at.Due : null;
            }
            return null;
        }
    }

    private void Fire()
    {
        while (true)
        {
            Alarm? due = null;
            lock (_gate)
            {
                var now = Elapsed;
                while (due is null && _alarms.TryPeek(out var alarm, out var at) && (at.Due <= now || !alarm.IsAt(at.Order)))
                {
                    _alarms.Dequeue();
                    if (alarm.IsAt(at.Order))
                    {
                        due = alarm;
                        Rearm(alarm, at.Due + alarm.Period);
                    }
                }
            }
            if (due is null)
            {
                break;
            }
            due.Ring();
        }
        Arm();
    }

    private void Set(Alarm alarm, TimeSpan due, TimeSpan period)
    {
        lock (_gate)
        {
            alarm.Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
            alarm.Order = 0;
            if (due != Timeout.InfiniteTimeSpan)
            {
                alarm.Order = ++_order;
                _alarms.Enqueue(alarm, (Elapsed + due.Ticks, alarm.Order));
            }
        }
        Arm();
    }

    private void Rearm(Alarm alarm, long due)
    {
        alarm.Order = 0;
        if (alarm.Period > 0)
        {
            alarm.Order = ++_order;
            _alarms.Enqueue(alarm, (due, alarm.Order));
        }
    }

    /// <summary>Has the real clock wake this one when the next alarm is due.</summary>
    private void Arm()
    {
        if (_frozen)
        {
            lock (_gate)
            {
                if (!_alarms.TryPeek(out _, out var first) || first.Due > Elapsed)
                {
                    return;
                }
            }
        }
        if (Next(long.MaxValue) is { } due)
        {
            _wake.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((due - Elapsed) / (double)TimeSpan.TicksPerMillisecond), 0, int.MaxValue)), Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Alarm(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _disposed;

        /// <summary>Tells the setting that counts from those before; 0: none. Under the clock's lock.</summary>
        public long Order { get; set; }

        public long Period { get; set; }

        public bool IsAt(long order) => Order == order && !_disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed)
            {
                return false;
            }
            clock.Set(this, dueTime, period);
            return true;
        }

        public void Ring()
        {
            if (!_disposed)
            {
                callback(state);
            }
        }

        public void Dispose() => _disposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}

namespace Proa.Store.Health;

/// <summary>
/// What the writes of a store tell of its disk: how long syncs take, and why writes are refused. Reads do not need the disk and go
/// on in every condition. Thread-safe.
/// </summary>
public sealed class StoreHealth
{
    /// <summary>A sync above this is slow: a writer that waits for each of its writes makes four a second.</summary>
    public static readonly TimeSpan SlowSync = TimeSpan.FromMilliseconds(250);

    /// <summary>After this a write under way is not waited for any more by those that come.</summary>
    public static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(10);

    // One slow sync a minute is a passing burst of another program's.
    private const int SlowSyncsThatCount = 3;
    private static readonly TimeSpan s_lately = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly SyncTimes _syncs = new();
    private readonly TimeProvider _time;
    private readonly string? _path;
    private readonly Lazy<string> _device;
    private readonly long _lately;
    private StoreCondition _condition;
    private string? _refusal;
    private long _writingSince;
    private long _refused;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="path">The store's file; null: it is in memory.</param>
    internal StoreHealth(string? path, TimeProvider time)
    {
        _time = time;
        _path = path;
        _device = new Lazy<string>(() => path is null ? "memory" : DiskDevice.Of(Path.GetFullPath(path)));
        _lately = (long)(s_lately.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>How long the store's file is, with the log of what is not in it yet; 0 in memory.</summary>
    public long FileBytes => _path is null ? 0 : Length(_path) + Length(_path + "-wal");

    /// <summary>What it is on: <c>/dev/vda1 (ext4 on /)</c>.</summary>
    public string Device => _device.Value;

    /// <summary>How many batches of writes were refused.</summary>
    public long RefusedBatches => Interlocked.Read(ref _refused);

    private static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    public StoreReport Report()
    {
        lock (_gate)
        {
            Judge();
            var (p99, count) = _syncs.Recent();
            var cause = _condition switch
            {
                StoreCondition.Refusing => $"writes are refused: {_refusal}",
                StoreCondition.Stalled => StallCause(),
                StoreCondition.Slow => $"writes are slow: syncs take more than {SlowSync.TotalMilliseconds} ms",
                _ => null,
            };
            return new StoreReport(_condition, Device, cause, p99, count);
        }
    }

    /// <summary>Completes when the condition is not the given one.</summary>
    public async Task<StoreReport> ChangedAsync(StoreCondition known, CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }
            if (Report() is { } report && report.Condition != known)
            {
                return report;
            }
            await changed.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>How long all syncs took: the bounds of the buckets in seconds, how many fell into each (one more: above), their sum.</summary>
    public (IReadOnlyList<double> Bounds, IReadOnlyList<long> Counts, double SumSeconds) Syncs()
    {
        lock (_gate)
        {
            var (counts, sum) = _syncs.Histogram();
            return (SyncTimes.Bounds, counts, sum);
        }
    }

    /// <summary>Called by the writer before it turns to the disk.</summary>
    internal void Begin() => Volatile.Write(ref _writingSince, _time.GetTimestamp());

    internal void Synced(TimeSpan took)
    {
        lock (_gate)
        {
            _syncs.Add(_time.GetTimestamp(), took);
            if (took > SlowSync)
            {
                Judge();
            }
        }
    }

    /// <param name="refusal">Null: the write is durable.</param>
    internal void End(string? refusal)
    {
        Volatile.Write(ref _writingSince, 0);
        if (refusal is null && _refusal is null && _condition == StoreCondition.Healthy)
        {
            return;
        }
        lock (_gate)
        {
            _refused += refusal is null ? 0 : 1;
            _refusal = refusal;
            Judge();
        }
    }

    /// <summary>Why a new write would wait too long; null: it would not.</summary>
    internal string? Stall()
    {
        var since = Volatile.Read(ref _writingSince);
        if (since == 0 || _time.GetElapsedTime(since) < StalledAfter)
        {
            return null;
        }
        lock (_gate)
        {
            Judge();
            return _condition == StoreCondition.Stalled ? $"{Device}: {StallCause()}" : null;
        }
    }

    private string StallCause() =>
        $"writes are refused: the one under way has waited {_time.GetElapsedTime(Volatile.Read(ref _writingSince)).TotalSeconds:0} s for the disk";

    private void Judge()
    {
        var since = Volatile.Read(ref _writingSince);
        var now = since != 0 && _time.GetElapsedTime(since) >= StalledAfter ? StoreCondition.Stalled
            : _refusal is not null ? StoreCondition.Refusing
            : _syncs.CountSlow(_time.GetTimestamp() - _lately, SlowSync) >= SlowSyncsThatCount ? StoreCondition.Slow
            : StoreCondition.Healthy;
        if (now != _condition)
        {
            _condition = now;
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

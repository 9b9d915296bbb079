using System.Collections.Concurrent;
using Proa.Api.Json;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.Store;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// API priority and fairness: each request belongs to a priority level, which has a share of the server's seats and lets flows
/// wait in queues that no single flow can fill. Every ten seconds levels lend to each other what they did not use. It follows
/// the store while <see cref="RunAsync"/> runs. Thread-safe. See "API Priority and Fairness" in the reference.
/// </summary>
public sealed class FlowControl
{
    private const string Schemas = "flowschemas.flowcontrol.apiserver.k8s.io";
    private const string LevelObjects = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io";
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);
    private readonly int _total;
    private readonly IObjectStore _store;
    private readonly TimeProvider _time;
    private readonly WorkEstimator _estimator;
    private readonly WatchCounts _watches = new();
    private readonly ConcurrentDictionary<(string Schema, string Level), FlowSeries> _series = new();

    // Guards the levels' table, and is taken before any level's own.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PriorityLevel> _levels = new(StringComparer.Ordinal);
    private volatile FlowSchema[] _schemas = [];

    /// <param name="seats">Of the whole server.</param>
    public FlowControl(int seats, IObjectStore store, TimeProvider time)
    {
        (_total, _store, _time) = (Math.Max(1, seats), store, time);
        _estimator = new(store, _watches);
        Load();
    }

    /// <summary>The fraction of what they would use that levels were given when seats were last divided.</summary>
    internal double FairFraction { get; private set; }

    internal IEnumerable<FlowSeries> Series => _series.Values;

    internal TimeProvider Time => _time;

    /// <summary>By name.</summary>
    internal IReadOnlyList<PriorityLevel> Levels
    {
        get
        {
            lock (_lock)
            {
                return [.. _levels.Values.OrderBy(static level => level.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Follows the configuration, and divides the seats anew every ten seconds, until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(FollowAsync(Schemas, ct), FollowAsync(LevelObjects, ct), DivideAsync(ct));

    /// <summary>Classifies a request and waits for its seats. Release what it returns when it was admitted.</summary>
    /// <param name="longest">How long it may wait, at most a minute.</param>
    internal ValueTask<FlowTicket> EnterAsync(UserInfo user, RequestInfo info, RequestQuery query, TimeSpan longest, CancellationToken ct)
    {
        var schema = Find(user, info);
        var (level, series) = (schema.Level, schema.Series);
        var work = _estimator.Of(info, query, level.MostSeats, out var watching);
        if (watching >= 0)
        {
            series.Watching.Observe(watching);
        }
        series.Seats.Observe(work.MostSeats);
        FlowRequest request;
        lock (level.Gate)
        {
            var flow = level.Queues.HasQueues ? schema.FlowOf(user, info) : "";
            request = new FlowRequest(schema, level, user, info, flow, work);
            if (!level.Queues.TryEnter(request, level.Queues.HasQueues ? ShuffleSharding.Hash(schema.Name, flow) : 0))
            {
                (level.Queues.HasQueues ? series.RefusedFull : series.RefusedLimit).Add();
                level.Rejected++;
                series.WaitsRefused.Observe(0);
                return new(new FlowTicket(schema, level, null, false));
            }
            if (request.Queue is { } queue)
            {
                series.QueueLengths.Observe(queue.Waiting.Count + (request.Started is null ? 0 : 1));
            }
            if (request.Started is not null)
            {
                return new(Started(request));
            }
            request.Decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        series.Waiting.Add();
        series.WaitingSeats.Add(work.MostSeats);
        return WaitAsync(request, work.MostSeats, longest < s_longestWait ? longest : s_longestWait, ct);
    }

    /// <summary>The request was answered, or its watch has begun. Its seats may stay taken for a while by what follows from it.</summary>
    internal void Leave(in FlowTicket ticket)
    {
        if (ticket.Request is not { } request)
        {
            return;
        }
        var (series, level) = (request.Schema.Series, request.Level);
        series.Running.Add(-1);
        (request.Info.Verb == "watch" ? series.WatchTimes : series.Times).Observe(_time.GetElapsedTime(request.Started!.Value));
        lock (level.Gate)
        {
            level.Queues.Finish(request);
            if (request.Work.AdditionalLatency <= TimeSpan.Zero)
            {
                Release(request);
                return;
            }
        }
        var held = new Lingering(request);
        held.Timer = _time.CreateTimer(static state => ((Lingering)state!).End(), held, request.Work.AdditionalLatency, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long the request waited for its seats.</summary>
    internal TimeSpan WaitOf(in FlowTicket ticket) =>
        ticket.Request is { Started: { } started } request ? _time.GetElapsedTime(request.Arrived, started) : TimeSpan.Zero;

    /// <summary>Counts a watch that has begun until the returned object is disposed.</summary>
    internal IDisposable? Watching(RequestInfo info) => _watches.Add(info);

    private FlowTicket Started(FlowRequest request)
    {
        var series = request.Schema.Series;
        request.Level.Dispatched++;
        series.Dispatched.Add();
        series.Running.Add();
        series.RunningSeats.Add(request.Seats);
        if (!request.Level.IsExempt)
        {
            series.WaitsServed.Observe(_time.GetElapsedTime(request.Arrived, request.Started!.Value));
        }
        return new(request.Schema, request.Level, request, true);
    }

    private async ValueTask<FlowTicket> WaitAsync(FlowRequest request, int seats, TimeSpan longest, CancellationToken ct)
    {
        var (series, level) = (request.Schema.Series, request.Level);
        try
        {
            await request.Decided!.Task.WaitAsync(longest, _time, ct);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Looked at below: it may have got its seats at the last moment.
        }
        lock (level.Gate)
        {
            series.Waiting.Add(-1);
            series.WaitingSeats.Add(-seats);
            if (request.Started is not null)
            {
                return Started(request);
            }
            level.Queues.Withdraw(request);
            level.Rejected++;
            level.Cancelled++;
        }
        series.RefusedTime.Add();
        series.WaitsRefused.Observe(_time.GetElapsedTime(request.Arrived));
        return new(request.Schema, level, null, false);
    }

    // The level's lock is held.
    private static void Release(FlowRequest request)
    {
        request.Schema.Series.RunningSeats.Add(-request.Seats);
        request.Level.Queues.Release(request);
    }

    private FlowSchema Find(UserInfo user, RequestInfo request)
    {
        var schemas = _schemas;
        foreach (var schema in schemas)
        {
            if (schema.Matches(user, request))
            {
                return schema;
            }
        }
        foreach (var schema in schemas)
        {
            if (schema.Name == MandatoryFlow.CatchAll)
            {
                return schema;
            }
        }
        throw new InvalidOperationException("the schema that catches all is missing");
    }

    /// <summary>What happens every ten seconds.</summary>
    internal void Rebalance()
    {
        lock (_lock)
        {
            DropLeft();
            Divide();
        }
    }

    private async Task DivideAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                Rebalance();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    private async Task FollowAsync(string collection, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            using var watch = _store.Watch(collection, null, _store.Revision);
            Load();
            try
            {
                while (watch is not null && await watch.Changes.WaitToReadAsync(ct))
                {
                    while (watch.Changes.TryRead(out _))
                    {
                    }
                    Load();
                }
                if (watch is { Overrun: false })
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    internal void Load()
    {
        lock (_lock)
        {
            var there = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in _store.List(LevelObjects, null)!.Items)
            {
                SetLevel(JsonTree.ParseObject(item.Json.Span), there);
            }
            foreach (var level in MandatoryFlow.Levels())
            {
                if (!there.Contains(level.Object("metadata")!.String("name")!))
                {
                    SetLevel(level, there);
                }
            }
            foreach (var (name, level) in _levels)
            {
                lock (level.Gate)
                {
                    level.IsLeaving = !there.Contains(name);
                }
            }
            DropLeft();
            SetSchemas(there);
            var shares = _levels.Values.Sum(level => level.Shares);
            foreach (var level in _levels.Values)
            {
                lock (level.Gate)
                {
                    level.SetLimits(_total, shares);
                }
            }
            Divide();
        }
    }

    private void SetLevel(JsonObject obj, HashSet<string> there)
    {
        var name = obj.Object("metadata")!.String("name")!;
        there.Add(name);
        if (!_levels.TryGetValue(name, out var level))
        {
            _levels[name] = level = new PriorityLevel(name, _time);
        }
        lock (level.Gate)
        {
            level.Configure(obj);
        }
    }

    private void SetSchemas(HashSet<string> levels)
    {
        var schemas = new List<FlowSchema>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var obj in _store.List(Schemas, null)!.Items.Select(static item => JsonTree.ParseObject(item.Json.Span)).Concat(MandatoryFlow.Schemas()))
        {
            // One whose level is missing is as if it were not there; a mandatory one that is there is not made up.
            var level = FlowSchema.LevelOf(obj);
            if (levels.Contains(level) && names.Add(obj.Object("metadata")!.String("name")!))
            {
                schemas.Add(new FlowSchema(obj, _levels[level], SeriesOf));
            }
        }
        _schemas = [.. schemas.OrderBy(schema => schema.Precedence).ThenBy(schema => schema.Name, StringComparer.Ordinal)];
    }

    private FlowSeries SeriesOf(string schema, string level) => _series.GetOrAdd((schema, level), static key => new(key.Schema, key.Level));

    private void DropLeft()
    {
        foreach (var (name, level) in _levels.ToList())
        {
            lock (level.Gate)
            {
                if (level is { IsLeaving: true, Queues.IsIdle: true })
                {
                    _levels.Remove(name);
                }
            }
        }
    }

    /// <summary>Gives each level seats by what it used since the last time, within its bounds.</summary>
    private void Divide()
    {
        List<PriorityLevel> limited = [];
        var (left, lower, least) = (_levels.Values.Sum(static level => level.Nominal), 0, 0);
        foreach (var level in _levels.Values)
        {
            lock (level.Gate)
            {
                level.Demand.Close();
                if (level.IsExempt)
                {
                    var used = Math.Max(level.Lower, level.Demand.HighWatermark);
                    left -= used;
                    level.Queues.SetLimit(used);
                    continue;
                }
                limited.Add(level);
                lower += level.Lower;
                least += Least(level);
            }
        }
        var claims = limited.Select(static level => new SeatClaim(Least(level), level.Upper, Math.Max(Least(level), level.Demand.Smoothed))).ToArray();
        var total = _levels.Values.Sum(static level => level.Nominal);
        var division = left > least ? SeatShares.Divide(total, claims) : null;
        FairFraction = division?.Fraction ?? 0;
        for (var i = 0; i < limited.Count; i++)
        {
            var level = limited[i];
            lock (level.Gate)
            {
                level.Target = claims[i].Target;
                level.Queues.SetLimit(left <= lower ? level.Lower
                    : left <= least ? level.Lower + Rounded((Least(level) - level.Lower) * (double)(left - lower) / (least - lower))
                    : division is { } found ? Rounded(found.Seats[i])
                    : Math.Max(level.Queues.Limit, level.Lower));
            }
        }

        static int Least(PriorityLevel level) => Math.Max(level.Lower, Math.Min(level.Nominal, level.Demand.HighWatermark));

        static int Rounded(double seats) => (int)Math.Round(seats, MidpointRounding.AwayFromZero);
    }

    /// <summary>Seats that what follows from an answered request still takes.</summary>
    private sealed class Lingering(FlowRequest request)
    {
        private readonly Lock _lock = new();
        private ITimer? _timer;
        private bool _over;

        public ITimer Timer
        {
            set
            {
                lock (_lock)
                {
                    _timer = value;
                    if (_over)
                    {
                        value.Dispose();
                    }
                }
            }
        }

        public void End()
        {
            lock (request.Level.Gate)
            {
                Release(request);
            }
            lock (_lock)
            {
                _over = true;
                _timer?.Dispose();
            }
        }
    }
}

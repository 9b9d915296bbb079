using Proa.Api.Json;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.Store;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// API priority and fairness: each request belongs to a priority level, which has a share of the server's seats, lends free ones
/// to others, and lets flows wait in queues that no single flow can fill. It follows the store while <see cref="RunAsync"/> runs.
/// Without contention a request costs one uncontended lock and no allocation. Thread-safe. See "API Priority and Fairness" in
/// the reference.
/// </summary>
public sealed class FlowControl
{
    private const string Schemas = "flowschemas.flowcontrol.apiserver.k8s.io";
    private const string Levels = "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io";
    private const int ObjectsPerSeat = 100;
    private const int MostSeats = 10;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(15);
    private readonly int _total;
    private readonly IObjectStore _store;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PriorityLevel> _levels = new(StringComparer.Ordinal);
    private volatile FlowSchema[] _schemas = [];
    private PriorityLevel[] _limited = [];
    private int _inUse;
    private long _exempted;

    /// <param name="seats">Of the whole server.</param>
    public FlowControl(int seats, IObjectStore store, TimeProvider time)
    {
        (_total, _store, _time) = (Math.Max(1, seats), store, time);
        Load();
    }

    /// <summary>Follows the configuration until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(FollowAsync(Schemas, ct), FollowAsync(Levels, ct));

    /// <summary>Classifies a request and waits for its seats, at most a quarter of a minute. Release what it returns when it was admitted.</summary>
    internal ValueTask<FlowTicket> EnterAsync(UserInfo user, RequestInfo request, string? limit, CancellationToken ct)
    {
        var schema = Find(user, request);
        if (schema?.Level is not { } level)
        {
            return new(FlowTicket.Free);
        }
        if (level.IsExempt)
        {
            Interlocked.Increment(ref _exempted);
            return new(new FlowTicket(schema, level, 0, true));
        }
        var seats = Seats(request, limit);
        Waiter waiter;
        lock (_lock)
        {
            seats = Math.Min(seats, Math.Max(1, level.Nominal));
            if (level.Waiting == 0 && MayTake(level, seats))
            {
                Take(level, seats);
                return new(new FlowTicket(schema, level, seats, true));
            }
            waiter = new Waiter(seats);
            if (!level.TryEnqueue(waiter, ShuffleSharding.Hash(schema.Name, schema.FlowOf(user, request))))
            {
                if (level.QueueCount == 0)
                {
                    level.RejectedLimit++;
                }
                else
                {
                    level.RejectedFull++;
                }
                return new(new FlowTicket(schema, level, 0, false));
            }
        }
        return WaitAsync(schema, level, waiter, ct);
    }

    internal void Leave(in FlowTicket ticket)
    {
        if (ticket.Seats == 0 || ticket.Level is not { } level)
        {
            return;
        }
        lock (_lock)
        {
            level.InUse -= ticket.Seats;
            _inUse -= ticket.Seats;
            Dispatch(level);
            foreach (var other in _limited)
            {
                if (other.Waiting > 0)
                {
                    Dispatch(other);
                }
            }
        }
    }

    internal void WriteTo(MetricsText text)
    {
        PriorityLevel[] levels;
        lock (_lock)
        {
            levels = [.. _levels.Values];
        }
        Each("apiserver_flowcontrol_nominal_limit_seats", "gauge", "[BETA] Nominal number of execution seats configured for each priority level", level => level.Nominal);
        Each("apiserver_flowcontrol_request_concurrency_limit", "gauge", "[ALPHA] Nominal number of execution seats configured for each priority level", level => level.Nominal);
        Each("apiserver_flowcontrol_current_executing_seats", "gauge", "[BETA] Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem", level => level.InUse);
        Each("apiserver_flowcontrol_current_inqueue_requests", "gauge", "[BETA] Number of requests currently pending in queues of the API Priority and Fairness subsystem", level => level.Waiting);
        Each("apiserver_flowcontrol_dispatched_requests_total", "counter", "[BETA] Number of requests executed by API Priority and Fairness subsystem", level => level.IsExempt ? Interlocked.Read(ref _exempted) : level.Dispatched);
        text.Head("apiserver_flowcontrol_rejected_requests_total", "counter", "[BETA] Number of requests rejected by API Priority and Fairness subsystem");
        foreach (var level in levels)
        {
            text.Sample("apiserver_flowcontrol_rejected_requests_total", level.RejectedLimit, ("priority_level", level.Name), ("reason", "concurrency-limit"));
            text.Sample("apiserver_flowcontrol_rejected_requests_total", level.RejectedFull, ("priority_level", level.Name), ("reason", "queue-full"));
            text.Sample("apiserver_flowcontrol_rejected_requests_total", level.RejectedTime, ("priority_level", level.Name), ("reason", "time-out"));
        }

        void Each(string name, string type, string help, Func<PriorityLevel, double> value)
        {
            text.Head(name, type, help);
            foreach (var level in levels)
            {
                text.Sample(name, value(level), ("priority_level", level.Name));
            }
        }
    }

    private async ValueTask<FlowTicket> WaitAsync(FlowSchema schema, PriorityLevel level, Waiter waiter, CancellationToken ct)
    {
        var timedOut = false;
        try
        {
            if (await waiter.Decided.Task.WaitAsync(s_longestWait, _time, ct))
            {
                return new(schema, level, waiter.Seats, true);
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            timedOut = true;
        }
        lock (_lock)
        {
            if (timedOut && waiter.Decided.Task is { IsCompletedSuccessfully: true, Result: true })
            {
                // It got its seats at the last moment.
                return new(schema, level, waiter.Seats, true);
            }
            level.Remove(waiter);
            level.RejectedTime++;
            return new(schema, level, 0, false);
        }
    }

    private FlowSchema? Find(UserInfo user, RequestInfo request)
    {
        foreach (var schema in _schemas)
        {
            if (schema.Matches(user, request))
            {
                return schema;
            }
        }
        return null;
    }

    /// <summary>A list, and a watch that begins with one, weigh by what they read.</summary>
    private int Seats(RequestInfo request, string? limit)
    {
        if (request.Verb != "list" || request.Name.Length > 0)
        {
            return 1;
        }
        long count = _store.List(request.GroupResource, request.Namespace.Length == 0 ? null : request.Namespace)?.Items.Count ?? 0;
        if (long.TryParse(limit, out var most) && most > 0)
        {
            count = Math.Min(count, most);
        }
        return (int)Math.Clamp((count + ObjectsPerSeat - 1) / ObjectsPerSeat, 1, MostSeats);
    }

    private bool MayTake(PriorityLevel level, int seats)
    {
        var after = level.InUse + seats;
        if (after <= level.Nominal - level.Lendable)
        {
            return true;
        }
        if (_inUse + seats > _total)
        {
            return level.InUse == 0 && _inUse < _total;
        }
        if (after <= level.Nominal || level.InUse == 0)
        {
            return true;
        }
        return after - level.Nominal <= Math.Min(level.BorrowingLimit, Lent(level));
    }

    /// <summary>What the others lend now.</summary>
    private int Lent(PriorityLevel borrower)
    {
        var free = 0;
        foreach (var level in _limited)
        {
            if (level != borrower)
            {
                free += Math.Max(0, Math.Min(level.Lendable, level.Nominal - level.InUse));
            }
        }
        return free;
    }

    private void Take(PriorityLevel level, int seats)
    {
        level.InUse += seats;
        _inUse += seats;
        level.Dispatched++;
    }

    private void Dispatch(PriorityLevel level)
    {
        while (level.Peek() is { } next && MayTake(level, next.Seats))
        {
            level.Remove(next);
            Take(level, next.Seats);
            next.Decided.TrySetResult(true);
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

    private void Load()
    {
        lock (_lock)
        {
            var there = new HashSet<string>(StringComparer.Ordinal);
            foreach (var item in _store.List(Levels, null)!.Items)
            {
                there.Add(item.Key.Name);
                if (!_levels.TryGetValue(item.Key.Name, out var level))
                {
                    _levels[item.Key.Name] = level = new PriorityLevel(item.Key.Name);
                }
                level.Configure(JsonTree.ParseObject(item.Json.Span));
            }
            foreach (var gone in _levels.Keys.Where(name => !there.Contains(name) && _levels[name] is { InUse: 0, Waiting: 0 }).ToList())
            {
                _levels.Remove(gone);
            }
            var shares = _levels.Values.Sum(level => level.Shares);
            foreach (var level in _levels.Values)
            {
                level.Nominal = shares == 0 ? 0 : (int)Math.Ceiling((double)_total * level.Shares / shares);
            }
            _limited = [.. _levels.Values.Where(level => !level.IsExempt)];
            var schemas = new List<FlowSchema>();
            foreach (var item in _store.List(Schemas, null)!.Items)
            {
                var schema = new FlowSchema(JsonTree.ParseObject(item.Json.Span));
                // One whose level is missing is as if it were not there.
                if (there.Contains(schema.LevelName))
                {
                    schema.Level = _levels[schema.LevelName];
                    schemas.Add(schema);
                }
            }
            _schemas = [.. schemas.OrderBy(schema => schema.Precedence).ThenBy(schema => schema.Name, StringComparer.Ordinal)];
        }
    }
}

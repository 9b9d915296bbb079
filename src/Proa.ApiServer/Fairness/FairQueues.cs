namespace Proa.ApiServer.Fairness;

/// <summary>
/// The queues of one level, served so that each gets its share of the seats: an imagined server works on all queues at once, a
/// seat's time each in turn, and the request that it would finish first goes next. Guarded by the level's lock.
/// </summary>
/// <remarks>The fair queuing of "Fair Queuing for Server Requests" in the reference, with its terms in plain words: progress is R.</remarks>
internal sealed class FairQueues(TimeProvider time, SeatDemand demand)
{
    private static readonly TimeSpan s_expected = TimeSpan.FromMilliseconds(3);
    private readonly List<FlowQueue> _queues = [];
    private readonly LinkedList<FlowRequest> _unqueued = [];
    private long _read = time.GetTimestamp();
    private int _queueCount;
    private int _queueLength;
    private int _handSize = 1;
    private int _active;
    private int _enqueued;
    private int _last;
    private FlowQueue? _onlyWaiting;

    /// <summary>How many are served at once.</summary>
    public int Limit { get; private set; }

    /// <summary>More than are wanted while those that go away are still used.</summary>
    public IReadOnlyList<FlowQueue> All => _queues;

    /// <summary>Those who run without having come through a queue.</summary>
    public IReadOnlyCollection<FlowRequest> Unqueued => _unqueued;

    /// <summary>Seat time that each busy queue was given so far.</summary>
    public long Progress { get; private set; }

    public int Running { get; private set; }

    public int Waiting { get; private set; }

    public int SeatsInUse { get; private set; }

    public int SeatsWaiting { get; private set; }

    public bool IsIdle => Running == 0 && Waiting == 0;

    public bool HasQueues => _queueCount > 0;

    /// <param name="queues">Negative: whoever comes is served at once.</param>
    public void Configure(int queues, int length, int hand)
    {
        Pass();
        _queueCount = queues;
        if (queues > 0)
        {
            (_queueLength, _handSize) = (length, Math.Clamp(hand, 1, queues));
            while (_queues.Count < queues)
            {
                _queues.Add(new());
            }
        }
        for (var i = _queues.Count - 1; i >= 0; i--)
        {
            RemoveIfUnwanted(_queues[i]);
        }
    }

    public void SetLimit(int limit)
    {
        Pass();
        Limit = limit;
        Dispatch();
    }

    /// <returns>False: there is neither a seat nor a place to wait. True: see whether it was started.</returns>
    public bool TryEnter(FlowRequest request, ulong hash)
    {
        Pass();
        request.Arrived = _read;
        request.ArrivalProgress = Progress;
        request.TotalWork = SeatTime.Of(request.Work.InitialSeats, s_expected) + FinalWork(request.Work);
        if (_queueCount <= 0)
        {
            if (_queueCount == 0 && !MayTake(request.Seats))
            {
                return false;
            }
            Start(request);
            request.Place = _unqueued.AddLast(request);
            demand.Set(SeatsInUse + SeatsWaiting);
            return true;
        }
        var queue = Choose(hash);
        if (SeatsInUse >= Limit && queue.Waiting.Count >= _queueLength)
        {
            return false;
        }
        Enqueue(queue, request);
        Dispatch();
        return true;
    }

    /// <summary>Takes a request that waits out of its queue.</summary>
    public void Withdraw(FlowRequest request)
    {
        Pass();
        var queue = request.Queue!;
        Dequeue(queue, request);
        demand.Set(SeatsInUse + SeatsWaiting);
        Bound(queue);
        RemoveIfUnwanted(queue);
        Dispatch();
    }

    /// <summary>A request was answered. Its seats are free again when <see cref="Release"/> is called, at once if nothing lingers.</summary>
    public void Finish(FlowRequest request)
    {
        Pass();
        Running--;
        if (request.Queue is { } queue)
        {
            queue.Running.Remove(request.Place!);
            // What it took in place of what was expected.
            queue.NextStart -= SeatTime.Of(request.Work.InitialSeats, s_expected - time.GetElapsedTime(request.Started!.Value, _read));
            Bound(queue);
            _active -= queue.IsActive ? 0 : 1;
        }
        else
        {
            _unqueued.Remove(request.Place!);
        }
        request.Place = null;
    }

    public void Release(FlowRequest request)
    {
        Pass();
        SeatsInUse -= request.Seats;
        demand.Set(SeatsInUse + SeatsWaiting);
        if (request.Queue is { } queue)
        {
            queue.SeatsInUse -= request.Seats;
            RemoveIfUnwanted(queue);
        }
        Dispatch();
    }

    private static long FinalWork(in WorkEstimate work) => SeatTime.Of(work.FinalSeats, work.AdditionalLatency);

    /// <summary>Moves the imagined server on to now.</summary>
    private void Pass()
    {
        var now = time.GetTimestamp();
        if (_active > 0)
        {
            Progress += SeatTime.Of((double)Math.Min(SeatsInUse + SeatsWaiting, Limit) / _active, time.GetElapsedTime(_read, now));
        }
        _read = now;
    }

    /// <summary>Of the flow's hand, the queue with the least work; another card first each time, so that hands that overlap weigh alike.</summary>
    private FlowQueue Choose(ulong hash)
    {
        Span<int> hand = stackalloc int[_handSize];
        ShuffleSharding.Deal(hash, _queueCount, hand);
        var offset = _enqueued++ % _handSize;
        var best = _queues[hand[offset]];
        for (var i = 1; i < _handSize; i++)
        {
            var queue = _queues[hand[(offset + i) % _handSize]];
            if (queue.WaitingWork < best.WaitingWork)
            {
                best = queue;
            }
        }
        return best;
    }

    private void Enqueue(FlowQueue queue, FlowRequest request)
    {
        if (!queue.IsActive)
        {
            queue.NextStart = Progress;
            _active++;
        }
        request.Queue = queue;
        request.Place = queue.Waiting.AddLast(request);
        queue.WaitingInitialSeats += request.Work.InitialSeats;
        queue.WaitingSeats += request.Seats;
        queue.WaitingWork += request.TotalWork;
        _onlyWaiting = Waiting == 0 ? queue : null;
        Waiting++;
        SeatsWaiting += request.Seats;
        Bound(queue);
        demand.Set(SeatsInUse + SeatsWaiting);
    }

    private void Dequeue(FlowQueue queue, FlowRequest request)
    {
        queue.Waiting.Remove(request.Place!);
        request.Place = null;
        queue.WaitingInitialSeats -= request.Work.InitialSeats;
        queue.WaitingSeats -= request.Seats;
        queue.WaitingWork -= request.TotalWork;
        Waiting--;
        SeatsWaiting -= request.Seats;
        _active -= queue.IsActive ? 0 : 1;
    }

    private void Dispatch()
    {
        while (Waiting > 0 && SeatsInUse < Limit && Next() is { } queue)
        {
            var request = queue.Waiting.First!.Value;
            if (!MayTake(request.Seats))
            {
                request.Schema.Series.Unaccommodated.Add();
                return;
            }
            _last = _queues.IndexOf(queue);
            Dequeue(queue, request);
            if (request.Work.FinalSeats > Limit)
            {
                request.Work = request.Work with { FinalSeats = Limit, AdditionalLatency = SeatTime.PerSeat(FinalWork(request.Work), Limit) };
            }
            _active += queue.IsActive ? 0 : 1;
            request.Place = queue.Running.AddLast(request);
            queue.SeatsInUse += request.Seats;
            Start(request);
            queue.NextStart += request.TotalWork;
            Bound(queue);
            demand.Set(SeatsInUse + SeatsWaiting);
            request.Decided?.TrySetResult(true);
        }
    }

    /// <summary>The queue whose first request the imagined server would finish first; of equal ones the next in turn.</summary>
    private FlowQueue? Next()
    {
        if (_onlyWaiting is { } only && Waiting == only.Waiting.Count)
        {
            return only;
        }
        FlowQueue? best = null;
        var soonest = long.MaxValue;
        for (var i = 1; i <= _queues.Count; i++)
        {
            var queue = _queues[(_last + i) % _queues.Count];
            if (queue.Waiting.First is { } first && queue.NextStart + first.Value.TotalWork < soonest)
            {
                (best, soonest) = (queue, queue.NextStart + first.Value.TotalWork);
            }
        }
        return best;
    }

    private void Start(FlowRequest request)
    {
        request.Started = _read;
        Running++;
        SeatsInUse += request.Seats;
    }

    /// <summary>A request that needs more seats than there are runs alone.</summary>
    private bool MayTake(int seats) => seats > Limit ? Running == 0 : SeatsInUse + seats <= Limit;

    /// <summary>A queue that used less than its share does not save it up: nothing starts before it came.</summary>
    private static void Bound(FlowQueue queue)
    {
        if (queue.Waiting.First is { Value: var first } && queue.NextStart < first.ArrivalProgress)
        {
            queue.NextStart = first.ArrivalProgress;
        }
    }

    private void RemoveIfUnwanted(FlowQueue queue)
    {
        if (_queues.Count > Math.Max(0, _queueCount) && !queue.IsActive && queue.SeatsInUse == 0)
        {
            var at = _queues.IndexOf(queue);
            _queues.RemoveAt(at);
            _last -= _last >= at && _last > 0 ? 1 : 0;
        }
    }
}

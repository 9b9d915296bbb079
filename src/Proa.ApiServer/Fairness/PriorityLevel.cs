using Proa.Api.Json;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// The seats of one priority level and the queues of those who wait for one. Guarded by the lock of <see cref="FlowControl"/>;
/// it outlives changes of its configuration.
/// </summary>
internal sealed class PriorityLevel(string name)
{
    private List<LinkedList<Waiter>> _queues = [];
    private int _next;

    public string Name { get; } = name;

    public string Uid { get; private set; } = "";

    public bool IsExempt { get; private set; }

    public long Shares { get; private set; }

    public int LendablePercent { get; private set; }

    /// <summary>Percent of its nominal seats that it may borrow; null: as many as others lend.</summary>
    public long? BorrowingPercent { get; private set; }

    public int HandSize { get; private set; } = 1;

    public int QueueLength { get; private set; }

    public int QueueCount => _queues.Count;

    /// <summary>The seats that are its own; some of them it lends to others while they are free.</summary>
    public int Nominal { get; set; }

    public int Lendable => (int)Math.Round(Nominal * LendablePercent / 100.0, MidpointRounding.AwayFromZero);

    public int BorrowingLimit => BorrowingPercent is { } percent ? (int)Math.Min(int.MaxValue / 2, Math.Round(Nominal * percent / 100.0)) : int.MaxValue / 2;

    public int InUse { get; set; }

    public int Waiting { get; private set; }

    public long Dispatched { get; set; }

    public long RejectedFull { get; set; }

    public long RejectedTime { get; set; }

    public long RejectedLimit { get; set; }

    public void Configure(JsonObject obj)
    {
        Uid = obj.Object("metadata")?.String("uid") ?? "";
        var spec = obj.Object("spec");
        IsExempt = spec?.String("type") == "Exempt";
        var part = spec?.Object(IsExempt ? "exempt" : "limited");
        Shares = part?.Int("nominalConcurrencyShares") ?? (IsExempt ? 0 : 30);
        LendablePercent = (int)(part?.Int("lendablePercent") ?? 0);
        BorrowingPercent = part?.Int("borrowingLimitPercent");
        var queuing = part?.Object("limitResponse") is { } response && response.String("type") == "Queue" ? response.Object("queuing") ?? [] : null;
        var count = queuing is null ? 0 : (int)(queuing.Int("queues") ?? 64);
        QueueLength = (int)(queuing?.Int("queueLengthLimit") ?? 50);
        HandSize = Math.Clamp((int)(queuing?.Int("handSize") ?? 8), 1, Math.Max(1, count));
        Resize(count);
    }

    /// <returns>False: the flow's queues are full.</returns>
    public bool TryEnqueue(Waiter waiter, ulong hash)
    {
        if (_queues.Count == 0)
        {
            return false;
        }
        Span<int> hand = stackalloc int[HandSize];
        ShuffleSharding.Deal(hash, _queues.Count, hand);
        var shortest = _queues[hand[0]];
        foreach (var card in hand)
        {
            if (_queues[card].Count < shortest.Count)
            {
                shortest = _queues[card];
            }
        }
        if (shortest.Count >= QueueLength)
        {
            return false;
        }
        waiter.Place = shortest.AddLast(waiter);
        Waiting++;
        return true;
    }

    /// <summary>The next who waits, a queue after the other.</summary>
    public Waiter? Peek()
    {
        for (var i = 0; i < _queues.Count && Waiting > 0; i++)
        {
            var at = (_next + i) % _queues.Count;
            if (_queues[at].First is { } first)
            {
                _next = at;
                return first.Value;
            }
        }
        return null;
    }

    public void Remove(Waiter waiter)
    {
        if (waiter.Place is { List: { } queue } place)
        {
            if (_queues.Count > 0 && ReferenceEquals(_queues[_next % _queues.Count], queue))
            {
                _next++;
            }
            queue.Remove(place);
            waiter.Place = null;
            Waiting--;
        }
    }

    private void Resize(int count)
    {
        if (count == _queues.Count)
        {
            return;
        }
        var waiting = _queues.SelectMany(queue => queue).ToList();
        _queues = [.. Enumerable.Range(0, count).Select(_ => new LinkedList<Waiter>())];
        for (var i = 0; i < waiting.Count; i++)
        {
            if (count > 0)
            {
                waiting[i].Place = _queues[i % count].AddLast(waiting[i]);
            }
            else
            {
                waiting[i].Place = null;
                Waiting--;
                waiting[i].Decided.TrySetResult(false);
            }
        }
    }
}

/// <summary>A request that waits for seats.</summary>
internal sealed class Waiter(int seats)
{
    public int Seats { get; } = seats;

    public LinkedListNode<Waiter>? Place { get; set; }

    /// <summary>True: it has its seats.</summary>
    public TaskCompletionSource<bool> Decided { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

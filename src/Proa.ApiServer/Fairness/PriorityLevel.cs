using Proa.Api.Json;

namespace Proa.ApiServer.Fairness;

/// <summary>
/// A level's configuration, its limits and its queues. It outlives changes of its configuration, and its own removal until those
/// who are in it have gone. What is not said to be immutable is guarded by <see cref="Gate"/>.
/// </summary>
internal sealed class PriorityLevel
{
    // A request takes at most so much of its level.
    private const double MostOfLevel = 0.15;

    public PriorityLevel(string name, TimeProvider time)
    {
        Name = name;
        Demand = new SeatDemand(time);
        Queues = new FairQueues(time, Demand);
        Dropped = new DroppedRequests(time);
    }

    public string Name { get; }

    public Lock Gate { get; } = new();

    public SeatDemand Demand { get; }

    public FairQueues Queues { get; }

    /// <summary>Thread-safe by itself.</summary>
    public DroppedRequests Dropped { get; }

    public string Uid { get; private set; } = "";

    public bool IsExempt { get; private set; }

    /// <summary>Removed, and gone as soon as nobody is in it.</summary>
    public bool IsLeaving { get; set; }

    public long Shares { get; private set; }

    public int LendablePercent { get; private set; }

    /// <summary>Percent of its nominal seats that it may borrow; null: as many as the server has.</summary>
    public long? BorrowingPercent { get; private set; }

    /// <summary>What one request may take; 0: as much as the server allows.</summary>
    public int MostSeats { get; private set; }

    /// <summary>The seats that are its own.</summary>
    public int Nominal { get; private set; }

    /// <summary>What is left of them when all that it lends is lent.</summary>
    public int Lower { get; private set; }

    /// <summary>What it has when it borrows all that it may.</summary>
    public int Upper { get; private set; }

    /// <summary>What it would use, as it was last found; null: not counted.</summary>
    public double? Target { get; set; }

    public long Dispatched { get; set; }

    public long Rejected { get; set; }

    public long Cancelled { get; set; }

    private int HandSize { get; set; }

    public void Configure(JsonObject obj)
    {
        Uid = obj.Object("metadata")?.String("uid") ?? "";
        IsLeaving = false;
        var spec = obj.Object("spec");
        IsExempt = spec?.String("type") == "Exempt";
        var part = spec?.Object(IsExempt ? "exempt" : "limited");
        Shares = part?.Int("nominalConcurrencyShares") ?? (IsExempt ? 0 : 30);
        LendablePercent = (int)(part?.Int("lendablePercent") ?? 0);
        BorrowingPercent = part?.Int("borrowingLimitPercent");
        var queuing = part?.Object("limitResponse") is { } response && response.String("type") == "Queue" ? response.Object("queuing") ?? [] : null;
        var count = IsExempt ? -1 : queuing is null ? 0 : (int)(queuing.Int("queues") ?? 64);
        HandSize = queuing is null ? 0 : (int)Math.Max(1, queuing.Int("handSize") ?? 8);
        Queues.Configure(count, (int)(queuing?.Int("queueLengthLimit") ?? 50), HandSize);
    }

    /// <param name="total">The server's seats.</param>
    /// <param name="shares">Of all levels together.</param>
    public void SetLimits(int total, long shares)
    {
        Nominal = shares == 0 ? 0 : (int)Math.Ceiling((double)total * Shares / shares);
        Lower = Nominal - Percent(LendablePercent);
        Upper = Nominal + (BorrowingPercent is { } percent ? Percent(percent) : total);
        if (HandSize > 0)
        {
            MostSeats = (int)Math.Max(1, Math.Min(Math.Ceiling(Nominal * MostOfLevel), Nominal / HandSize));
        }
    }

    private int Percent(long percent) => (int)Math.Min(int.MaxValue / 4, Math.Round(Nominal * percent / 100.0, MidpointRounding.AwayFromZero));
}

using Proa.ApiServer.Security;

namespace Proa.ApiServer.Fairness;

/// <summary>A request from its arrival until its seats are free again. Guarded by the lock of its <see cref="PriorityLevel"/>.</summary>
internal sealed class FlowRequest(FlowSchema schema, PriorityLevel level, UserInfo user, RequestInfo info, string flow, WorkEstimate work)
{
    public FlowSchema Schema => schema;

    public PriorityLevel Level => level;

    public UserInfo User => user;

    public RequestInfo Info => info;

    /// <summary>What tells its flow from others of its schema.</summary>
    public string Flow => flow;

    public WorkEstimate Work { get; set; } = work;

    public int Seats => Work.MostSeats;

    /// <summary>In units of <see cref="SeatTime"/>.</summary>
    public long TotalWork { get; set; }

    /// <summary>The queue that it came through; null: its level has none.</summary>
    public FlowQueue? Queue { get; set; }

    /// <summary>Its place among those who wait, or among those who run.</summary>
    public LinkedListNode<FlowRequest>? Place { get; set; }

    /// <summary>The level's progress when it came.</summary>
    public long ArrivalProgress { get; set; }

    /// <summary>A reading of the level's clock.</summary>
    public long Arrived { get; set; }

    /// <summary>A reading of the level's clock; null: it still waits.</summary>
    public long? Started { get; set; }

    /// <summary>Set when it has to wait; true: it has its seats.</summary>
    public TaskCompletionSource<bool>? Decided { get; set; }
}

namespace Proa.ApiServer.Fairness;

/// <summary>One of a level's queues: who waits in it, who runs that came through it. Guarded by the level's lock.</summary>
internal sealed class FlowQueue
{
    public LinkedList<FlowRequest> Waiting { get; } = [];

    public LinkedList<FlowRequest> Running { get; } = [];

    /// <summary>Seats of those who run, and of those whose followers still take them.</summary>
    public int SeatsInUse { get; set; }

    /// <summary>The progress at which its next request starts in the imagined server that serves all queues at once.</summary>
    public long NextStart { get; set; }

    public int WaitingInitialSeats { get; set; }

    public int WaitingSeats { get; set; }

    public long WaitingWork { get; set; }

    public bool IsActive => Waiting.Count > 0 || Running.Count > 0;
}

namespace Proa.Scheduler;

public sealed record SchedulerOptions
{
    /// <summary>Only pods that name this scheduler are placed.</summary>
    public string SchedulerName { get; init; } = "default-scheduler";

    /// <summary>How many bindings and status writes may be on their way at once.</summary>
    public int ConcurrentCalls { get; init; } = 64;

    /// <summary>The source of chance that breaks ties between equally good nodes; null: a new one.</summary>
    public Random? Random { get; init; }
}

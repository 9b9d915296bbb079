namespace Proa.Scheduler.Preemption;

/// <param name="Candidate">Where others are to leave; null: nowhere.</param>
/// <param name="Message">Then why, as users see it.</param>
internal sealed record PreemptionOutcome(Candidate? Candidate, string Message)
{
    /// <summary>What the pod was promised before stands.</summary>
    public bool KeepsPromise { get; init; }
}

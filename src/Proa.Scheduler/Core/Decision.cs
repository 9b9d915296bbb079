using Proa.Scheduler.Preemption;

namespace Proa.Scheduler.Core;

/// <summary>Where a pod goes; or why it goes nowhere, and what could change that.</summary>
internal sealed record Decision
{
    /// <summary>Null: nowhere.</summary>
    public string? Node { get; init; }

    /// <summary>As users see it, when there is no node.</summary>
    public string Message { get; init; } = "";

    /// <summary>Where others are to leave for the pod, when there is no node; null: nowhere.</summary>
    public Candidate? Preemption { get; init; }

    /// <summary>Whether what the pod was promised before stands.</summary>
    public bool KeepsPromise { get; init; } = true;

    /// <summary>What is worth another attempt.</summary>
    public ClusterChange RetryAfter { get; init; }
}

namespace Proa.Scheduler.Core;

/// <summary>Where a pod goes; or why it goes nowhere, and what could change that.</summary>
internal sealed record Decision
{
    /// <summary>Null: nowhere.</summary>
    public string? Node { get; init; }

    /// <summary>As users see it, when there is no node.</summary>
    public string Message { get; init; } = "";

    /// <summary>What is worth another attempt.</summary>
    public ClusterChange RetryAfter { get; init; }
}

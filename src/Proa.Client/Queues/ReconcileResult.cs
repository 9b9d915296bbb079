using Proa.Api.Models.Meta;

namespace Proa.Client.Queues;

/// <summary>How a reconciliation ended: done, again after a time, retry with backoff, or never again until something changes.</summary>
public readonly record struct ReconcileResult
{
    public static readonly ReconcileResult Done = default;

    private ReconcileResult(ReconcileOutcome outcome, TimeSpan delay, string? reason)
    {
        Outcome = outcome;
        Delay = delay;
        Reason = reason;
    }

    public ReconcileOutcome Outcome { get; }

    /// <summary>Of <see cref="ReconcileOutcome.After"/>.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Of <see cref="ReconcileOutcome.Retry"/> and <see cref="ReconcileOutcome.Terminal"/>; for the log.</summary>
    public string? Reason { get; }

    /// <summary>It worked; look again after the time (a grace period, a deadline) even when nothing changes.</summary>
    public static ReconcileResult After(TimeSpan delay) => new(ReconcileOutcome.After, delay, null);

    /// <summary>It did not work and may later: the key comes again with exponential backoff.</summary>
    public static ReconcileResult Retry(string reason) => new(ReconcileOutcome.Retry, default, reason);

    /// <inheritdoc cref="Retry(string)"/>
    public static ReconcileResult Retry(Status refusal) => Retry(refusal.Message ?? refusal.Reason ?? "refused");

    /// <summary>Trying again cannot help; only a change of the object can.</summary>
    public static ReconcileResult Terminal(string reason) => new(ReconcileOutcome.Terminal, default, reason);
}

public enum ReconcileOutcome
{
    Done,
    After,
    Retry,
    Terminal,
}

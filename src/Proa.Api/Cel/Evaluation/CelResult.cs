using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

public enum CelOutcome
{
    Done,

    /// <summary>The expression failed: <see cref="CelResult.Error"/> says how.</summary>
    Failed,

    /// <summary>It cost more than it may.</summary>
    CostExceeded,
    Cancelled,
}

/// <param name="Cost">What it cost, also when it did not end well.</param>
public readonly record struct CelResult(CelOutcome Outcome, CelValue Value, long Cost)
{
    public bool Ok => Outcome == CelOutcome.Done;

    /// <summary>As the reference implementation words it.</summary>
    public string Error => Outcome switch
    {
        CelOutcome.CostExceeded => "operation cancelled: actual cost limit exceeded",
        CelOutcome.Cancelled => "operation interrupted",
        CelOutcome.Failed => Value.ErrorMessage,
        _ => "",
    };
}

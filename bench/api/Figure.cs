namespace Proa.Bench.Api;

/// <summary>A measured value.</summary>
/// <param name="Note">What else was seen: latencies, counts.</param>
internal sealed record Figure(string What, double Value, string Unit, string Note = "")
{
    /// <summary>What it must reach; null: it is only told.</summary>
    public double? Bar { get; init; }

    /// <summary>True: less is better, and the bar is a most.</summary>
    public bool LessIsBetter { get; init; }

    public bool MeetsBar => Bar is not { } bar || (LessIsBetter ? Value <= bar : Value >= bar);

    /// <summary>How many times better than another server's.</summary>
    public double Against(Figure peer) => LessIsBetter ? peer.Value / Value : Value / peer.Value;
}

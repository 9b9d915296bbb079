namespace Proa.Node.Probes;

internal enum ProbeVerdict
{
    Success,
    Failure,

    /// <summary>The probe itself could not be made; it counts neither way.</summary>
    Error,
}

/// <param name="Output">What the Event says of a failure.</param>
internal readonly record struct ProbeOutcome(ProbeVerdict Verdict, string Output)
{
    public static readonly ProbeOutcome Success = new(ProbeVerdict.Success, "");

    public static ProbeOutcome Failure(string output) => new(ProbeVerdict.Failure, output);

    public static ProbeOutcome Error(string output) => new(ProbeVerdict.Error, output);
}

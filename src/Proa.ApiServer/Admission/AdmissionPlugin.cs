using Proa.ApiServer.Metrics;

namespace Proa.ApiServer.Admission;

/// <summary>When a step has something to say.</summary>
[Flags]
internal enum AdmissionPhases
{
    Mutate = 1,
    Complete = 2,
    Validate = 4,
}

/// <summary>A step in its place.</summary>
/// <param name="Name">By which the original's options and metrics call it; empty: it belongs to the server and always runs.</param>
/// <param name="Phases">Exactly those of the step's methods that it has of its own; the others are not called.</param>
internal sealed record AdmissionPlugin(string Name, AdmissionPhases Phases, IAdmissionStep Step)
{
    private readonly Histogram?[] _times = new Histogram?[16];

    /// <summary>What it took, looked up once for each kind of call.</summary>
    public Histogram Times(AdmissionMetrics metrics, AdmissionOperation operation, bool validating, bool rejected) =>
        _times[((int)operation * 4) + (validating ? 2 : 0) + (rejected ? 1 : 0)] ??= metrics.Time(Name, operation, validating, rejected);
}

using Proa.Scheduler.Core;

namespace Proa.Scheduler.Preemption;

/// <summary>A node on which a pod would fit if others left.</summary>
/// <param name="Victims">Those, the most important first.</param>
/// <param name="Violations">How many of them a disruption budget would keep.</param>
internal sealed record Candidate(string Node, IReadOnlyList<PodInfo> Victims, int Violations);

using Proa.Scheduler.Core;

namespace Proa.Scheduler.Preemption;

/// <summary>Which pods, and which nodes' victims, are spared first. Pure; the order is the original's.</summary>
internal static class Importance
{
    /// <summary>The more important pod first: by priority, then the one that runs longer.</summary>
    public static int Compare(PodInfo a, PodInfo b)
    {
        var order = b.Priority.CompareTo(a.Priority);
        return order != 0 ? order : StartOf(a).CompareTo(StartOf(b));
    }

    /// <summary>The candidate that does the least harm.</summary>
    /// <param name="candidates">At least one.</param>
    public static Candidate LeastHarm(IReadOnlyList<Candidate> candidates) => candidates
        .OrderBy(candidate => candidate.Violations)
        .ThenBy(candidate => candidate.Victims[0].Priority)
        // Moved above zero: few victims of a negative priority are less harm than many.
        .ThenBy(candidate => candidate.Victims.Sum(victim => victim.Priority + (long)int.MaxValue + 1))
        .ThenBy(candidate => candidate.Victims.Count)
        .ThenByDescending(candidate => candidate.Victims.Where(victim => victim.Priority == candidate.Victims[0].Priority).Min(StartOf))
        .First();

    private static DateTimeOffset StartOf(PodInfo pod) => pod.Pod.Status.StartTime ?? DateTimeOffset.MaxValue;
}

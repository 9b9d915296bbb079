using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.Jobs;

/// <summary>
/// A job's pods, counted. Each finished pod counts exactly once, also when it vanishes: its uid is first written to
/// <c>uncountedTerminatedPods</c>, then its finalizer is taken away, and only then it becomes a number. Pure.
/// </summary>
internal sealed class JobCount
{
    private JobCount()
    {
    }

    public required List<Pod> Active { get; init; }

    public required int Ready { get; init; }

    public required int Terminating { get; init; }

    /// <summary>Counted ones and those about to be.</summary>
    public required int Succeeded { get; init; }

    /// <inheritdoc cref="Succeeded"/>
    public required int Failed { get; init; }

    /// <summary>When the latest failure was; the time from which the back-off counts.</summary>
    public required DateTimeOffset? LastFailure { get; init; }

    public required SortedSet<int> CompletedIndexes { get; init; }

    /// <summary>Finished pods that still carry the finalizer.</summary>
    public required List<Pod> ToRelease { get; init; }

    /// <summary>The uncounted after this round, and the numbers with those that were settled.</summary>
    public required UncountedTerminatedPods Uncounted { get; init; }

    public required int SettledSucceeded { get; init; }

    public required int SettledFailed { get; init; }

    public int Restarts { get; private init; }

    public static JobCount Of(Job job, IReadOnlyList<Pod> pods)
    {
        var uncounted = job.Status.UncountedTerminatedPods ?? new();
        var held = pods.Where(pod => pod.Metadata.Finalizers.Contains(JobPods.Finalizer)).ToDictionary(pod => pod.Metadata.Uid!, StringComparer.Ordinal);
        // What was written as uncounted and has lost its finalizer since is settled.
        var stillSucceeded = uncounted.Succeeded.Where(held.ContainsKey).ToList();
        var stillFailed = uncounted.Failed.Where(held.ContainsKey).ToList();
        var settledSucceeded = (job.Status.Succeeded ?? 0) + uncounted.Succeeded.Count - stillSucceeded.Count;
        var settledFailed = (job.Status.Failed ?? 0) + uncounted.Failed.Count - stillFailed.Count;

        var indexes = IndexRanges.Parse(job.Status.CompletedIndexes);
        DateTimeOffset? lastFailure = null;
        foreach (var pod in pods)
        {
            var lost = PodFacts.IsTerminating(pod) && !PodFacts.IsFinished(pod);
            if (pod.Status.Phase == "Failed" || lost)
            {
                var at = JobPods.FinishedAt(pod);
                lastFailure = lastFailure > at ? lastFailure : at;
            }
            if (pod.Status.Phase == "Succeeded" && JobPods.IndexOf(pod) is { } index && index < job.Spec.Completions)
            {
                indexes.Add(index);
            }
        }
        foreach (var pod in held.Values)
        {
            var uid = pod.Metadata.Uid!;
            if (pod.Status.Phase == "Succeeded" && !stillSucceeded.Contains(uid))
            {
                stillSucceeded.Add(uid);
            }
            else if (pod.Status.Phase == "Failed" && !stillFailed.Contains(uid))
            {
                stillFailed.Add(uid);
            }
        }
        var active = pods.Where(PodFacts.IsActive).ToList();
        return new()
        {
            Active = active,
            Ready = active.Count(PodFacts.IsReady),
            Terminating = pods.Count(pod => PodFacts.IsTerminating(pod) && !PodFacts.IsFinished(pod)),
            Succeeded = JobPods.IsIndexed(job) ? indexes.Count : settledSucceeded + stillSucceeded.Count,
            Failed = settledFailed + stillFailed.Count,
            LastFailure = lastFailure,
            CompletedIndexes = indexes,
            ToRelease = [.. held.Values.Where(pod => PodFacts.IsFinished(pod))],
            Uncounted = new() { Succeeded = stillSucceeded, Failed = stillFailed },
            SettledSucceeded = settledSucceeded,
            SettledFailed = settledFailed,
            Restarts = active.Sum(pod => pod.Status.ContainerStatuses.Sum(status => status.RestartCount)),
        };
    }
}

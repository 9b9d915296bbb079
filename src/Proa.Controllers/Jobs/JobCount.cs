using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.Jobs;

/// <summary>
/// A job's pods, counted. Each finished pod counts exactly once, also when it vanishes: its uid is first written to
/// <c>uncountedTerminatedPods</c>, then its finalizer is taken away, and only then it becomes a number. Pure.
/// </summary>
internal sealed record JobCount
{
    private JobCount()
    {
    }

    public required List<Pod> Active { get; init; }

    public required int Ready { get; init; }

    /// <summary>Pods on their way out that have not ended.</summary>
    public required List<Pod> Leaving { get; init; }

    public int Terminating => Leaving.Count;

    /// <summary>Counted ones and those about to be.</summary>
    public required int Succeeded { get; init; }

    /// <inheritdoc cref="Succeeded"/>
    public required int Failed { get; init; }

    /// <summary>Failures that the back-off counts: also those that count for nothing else.</summary>
    public int Setbacks { get; private init; }

    /// <summary>When the latest failure was; the time from which the back-off counts.</summary>
    public required DateTimeOffset? LastFailure { get; init; }

    public required SortedSet<int> CompletedIndexes { get; init; }

    /// <summary>Those given up; null where failures are not counted by index.</summary>
    public SortedSet<int>? FailedIndexes { get; private init; }

    /// <summary>Failed pods whose index is to be tried again, by index; see <see cref="JobIndexes"/>.</summary>
    public IReadOnlyDictionary<int, Pod> Awaiting { get; private init; } = new Dictionary<int, Pod>();

    /// <summary>Why a pod's failure is that of the job; null: none is.</summary>
    public string? Fatal { get; private init; }

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
        string? fatal = null;
        var setbacks = 0;
        foreach (var pod in pods)
        {
            // What the job took away itself is not held and no failure.
            if (JobPods.HasFailed(job, pod) && (!PodFacts.IsTerminating(pod) || held.ContainsKey(pod.Metadata.Uid!)))
            {
                var at = JobPods.FinishedAt(pod);
                lastFailure = lastFailure > at ? lastFailure : at;
                fatal ??= JobFailurePolicy.Of(job.Spec.PodFailurePolicy, pod).FailsJob;
                setbacks++;
            }
            if (pod.Status.Phase == "Succeeded" && JobPods.IndexOf(pod) is { } index && index < job.Spec.Completions)
            {
                indexes.Add(index);
            }
        }
        var active = pods.Where(PodFacts.IsActive).ToList();
        var failedIndexes = JobIndexes.Has(job) ? JobIndexes.Failed(job, held.Values) : null;
        var awaiting = failedIndexes is null
            ? []
            : JobIndexes.Awaiting(job, held.Values, (HashSet<int>)[.. indexes, .. failedIndexes, .. active.Select(JobPods.IndexOf).OfType<int>()]);
        var awaited = awaiting.Values.Select(pod => pod.Metadata.Uid!).ToHashSet(StringComparer.Ordinal);
        var toRelease = new List<Pod>();
        foreach (var (uid, pod) in held)
        {
            if (pod.Status.Phase == "Succeeded")
            {
                toRelease.Add(pod);
                if (!stillSucceeded.Contains(uid))
                {
                    stillSucceeded.Add(uid);
                }
            }
            else if (JobPods.HasFailed(job, pod) && !awaited.Contains(uid))
            {
                toRelease.Add(pod);
                AddFailed(job, pod, stillFailed);
            }
        }
        return new()
        {
            Active = active,
            Ready = active.Count(PodFacts.IsReady),
            Leaving = [.. pods.Where(pod => PodFacts.IsTerminating(pod) && !PodFacts.IsFinished(pod))],
            Succeeded = JobPods.IsIndexed(job) ? indexes.Count : settledSucceeded + stillSucceeded.Count,
            Failed = settledFailed + stillFailed.Count + awaiting.Values.Count(pod => JobFailurePolicy.Of(job.Spec.PodFailurePolicy, pod).Counts),
            FailedIndexes = failedIndexes,
            Awaiting = awaiting,
            Fatal = fatal,
            Setbacks = Math.Max(setbacks, settledFailed + stillFailed.Count),
            LastFailure = lastFailure,
            CompletedIndexes = indexes,
            ToRelease = toRelease,
            Uncounted = new() { Succeeded = stillSucceeded, Failed = stillFailed },
            SettledSucceeded = settledSucceeded,
            SettledFailed = settledFailed,
            Restarts = active.Sum(pod => pod.Status.ContainerStatuses.Concat(pod.Status.InitContainerStatuses).Sum(status => status.RestartCount)),
        };
    }

    /// <summary>When the job is over: no index is tried again, and so nothing waits for it.</summary>
    public JobCount AtItsEnd(Job job)
    {
        if (Awaiting.Count == 0)
        {
            return this;
        }
        var failed = Uncounted.Failed.ToList();
        foreach (var pod in Awaiting.Values)
        {
            AddFailed(job, pod, failed);
        }
        return this with { ToRelease = [.. ToRelease, .. Awaiting.Values], Uncounted = Uncounted with { Failed = failed }, Awaiting = new Dictionary<int, Pod>() };
    }

    private static void AddFailed(Job job, Pod pod, List<string> failed)
    {
        if (!failed.Contains(pod.Metadata.Uid!) && JobFailurePolicy.Of(job.Spec.PodFailurePolicy, pod).Counts)
        {
            failed.Add(pod.Metadata.Uid!);
        }
    }
}

using System.Globalization;
using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;

namespace Proa.Controllers.Jobs;

/// <summary>
/// The indexes of a job that counts failures for each of them (<c>backoffLimitPerIndex</c>). How often one failed stands on its pods;
/// so the last that failed keeps its finalizer until its successor is there. Pure.
/// https://kubernetes.io/docs/concepts/workloads/controllers/job/#backoff-limit-per-index
/// </summary>
internal static class JobIndexes
{
    private const string Failures = "batch.kubernetes.io/job-index-failure-count";
    private const string IgnoredFailures = "batch.kubernetes.io/job-index-ignored-failure-count";

    public static bool Has(Job job) => job.Spec.BackoffLimitPerIndex is not null && JobPods.IsIndexed(job);

    /// <summary>Those that were given up before, or are now.</summary>
    /// <param name="held">Pods that are not counted yet.</param>
    public static SortedSet<int> Failed(Job job, IEnumerable<Pod> held)
    {
        var failed = IndexRanges.Parse(job.Status.FailedIndexes);
        foreach (var pod in held)
        {
            if (JobPods.HasFailed(job, pod) && JobPods.IndexOf(pod) is { } index && index < job.Spec.Completions && IsGivenUp(job, pod))
            {
                failed.Add(index);
            }
        }
        return failed;
    }

    /// <summary>By index: the failed pod that waits for its successor.</summary>
    /// <param name="settled">Indexes that need none: they are done, given up, or run.</param>
    public static Dictionary<int, Pod> Awaiting(Job job, IEnumerable<Pod> held, IReadOnlySet<int> settled)
    {
        var awaiting = new Dictionary<int, Pod>();
        foreach (var pod in held)
        {
            if (JobPods.HasFailed(job, pod) && JobPods.IndexOf(pod) is { } index && index < job.Spec.Completions && !settled.Contains(index)
                && (!awaiting.TryGetValue(index, out var other) || IsLater(pod, other)))
            {
                awaiting[index] = pod;
            }
        }
        return awaiting;
    }

    /// <summary>All failures of a pod's index, that of the pod included.</summary>
    public static int Absolute(Pod failed) => Count(failed, Failures) + Count(failed, IgnoredFailures) + 1;

    /// <summary>Writes down on a new pod how often its index failed.</summary>
    /// <param name="failed">The one that it replaces; null: it is the first.</param>
    public static Pod WithFailures(Job job, Pod pod, Pod? failed)
    {
        var (failures, ignored) = failed is null ? (0, 0) : (Count(failed, Failures), Count(failed, IgnoredFailures));
        if (failed is not null && JobFailurePolicy.Of(job.Spec.PodFailurePolicy, failed).Counts)
        {
            failures++;
        }
        else if (failed is not null)
        {
            ignored++;
        }
        var annotations = new Dictionary<string, string>(pod.Metadata.Annotations) { [Failures] = failures.ToString(CultureInfo.InvariantCulture) };
        if (ignored > 0)
        {
            annotations[IgnoredFailures] = ignored.ToString(CultureInfo.InvariantCulture);
        }
        return pod with { Metadata = pod.Metadata with { Annotations = annotations } };
    }

    private static bool IsGivenUp(Job job, Pod pod)
    {
        var rule = JobFailurePolicy.Of(job.Spec.PodFailurePolicy, pod);
        return rule.FailsIndex || (rule.Counts && Count(pod, Failures) >= job.Spec.BackoffLimitPerIndex);
    }

    private static bool IsLater(Pod pod, Pod other) =>
        Absolute(pod) >= Absolute(other) && JobPods.FinishedAt(pod) >= JobPods.FinishedAt(other);

    private static int Count(Pod pod, string annotation) =>
        pod.Metadata.Annotations.TryGetValue(annotation, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
}

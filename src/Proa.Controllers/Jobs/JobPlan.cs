using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;

namespace Proa.Controllers.Jobs;

/// <summary>What a job is to do next: end, or have other pods. Pure.</summary>
/// <param name="End">Why it is over; null while it is not.</param>
/// <param name="Create">The indexes of the pods to make; null entries where the job is not indexed.</param>
/// <param name="Wait">How long until the next step is due.</param>
internal sealed record JobPlan(JobEnd? End, IReadOnlyList<int?> Create, IReadOnlyList<Pod> Delete, TimeSpan? Wait)
{
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromMinutes(6);

    public static JobPlan Of(Job job, JobCount count, DateTimeOffset now)
    {
        var deadline = job.Spec.ActiveDeadlineSeconds is { } seconds && job.Status.StartTime is { } start
            ? start + TimeSpan.FromSeconds(seconds) - now
            : (TimeSpan?)null;
        if (job.Spec.Suspend == true)
        {
            return new(null, [], count.Active, null);
        }
        var end = Finished(job, count) ?? (deadline <= TimeSpan.Zero ? new JobEnd(false, "DeadlineExceeded", "Job was active longer than specified deadline") : null);
        if (end is not null)
        {
            return new(end, [], count.Active, null);
        }
        var wanted = Wanted(job, count);
        if (wanted < count.Active.Count)
        {
            // Those that do least go first.
            return new(null, [], [.. count.Active.OrderBy(Common.PodFacts.IsReady).ThenByDescending(pod => pod.Metadata.CreationTimestamp).Take(count.Active.Count - wanted)], deadline);
        }
        // A pod on its way out still holds its place.
        var places = Math.Max(0, wanted - count.Active.Count - (job.Spec.PodReplacementPolicy == "Failed" ? count.Terminating : 0));
        var backoff = Backoff(count, now);
        if (places > 0 && backoff > TimeSpan.Zero)
        {
            return new(null, [], [], deadline < backoff ? deadline : backoff);
        }
        return new(null, Places(job, count, places), [], deadline);
    }

    private static JobEnd? Finished(Job job, JobCount count)
    {
        var complete = job.Spec.Completions is { } completions
            ? count.Succeeded >= completions
            : count.Succeeded > 0 && count.Active.Count == 0 && count.Terminating == 0;
        if (complete)
        {
            return new(true, "CompletionsReached", "Reached expected number of succeeded pods");
        }
        var limit = job.Spec.BackoffLimit ?? 6;
        var failures = count.Failed + (job.Spec.Template.Spec.RestartPolicy == "OnFailure" ? count.Restarts : 0);
        return failures > limit ? new(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit") : null;
    }

    private static int Wanted(Job job, JobCount count)
    {
        var parallelism = job.Spec.Parallelism ?? 1;
        if (job.Spec.Completions is { } completions)
        {
            return Math.Min(parallelism, completions - count.Succeeded);
        }
        // A work queue: once one has succeeded, the others finish and no more are started.
        return count.Succeeded > 0 ? Math.Min(parallelism, count.Active.Count) : parallelism;
    }

    private static TimeSpan Backoff(JobCount count, DateTimeOffset now)
    {
        if (count.Failed == 0 || count.LastFailure is not { } last)
        {
            return TimeSpan.Zero;
        }
        var delay = s_firstBackoff * Math.Pow(2, Math.Min(count.Failed - 1, 10));
        return last + (delay < s_longestBackoff ? delay : s_longestBackoff) - now;
    }

    private static IReadOnlyList<int?> Places(Job job, JobCount count, int places)
    {
        if (!JobPods.IsIndexed(job))
        {
            return new int?[places];
        }
        var taken = count.Active.Select(JobPods.IndexOf).ToHashSet();
        return [.. Enumerable.Range(0, job.Spec.Completions ?? 0)
            .Where(index => !count.CompletedIndexes.Contains(index) && !taken.Contains(index))
            .Take(places)
            .Select(index => (int?)index)];
    }
}

/// <summary>How a job ends.</summary>
internal sealed record JobEnd(bool Success, string Reason, string Message);

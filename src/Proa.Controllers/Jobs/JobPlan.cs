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
        var deadline = job.Spec is { ActiveDeadlineSeconds: { } seconds, Suspend: not true } && job.Status.StartTime is { } start
            ? start + TimeSpan.FromSeconds(seconds) - now
            : (TimeSpan?)null;
        if (JobEnd.Of(job, count, deadline <= TimeSpan.Zero) is { } end)
        {
            return new(end, [], count.Active, null);
        }
        if (job.Spec.Suspend == true)
        {
            return new(null, [], count.Active, null);
        }
        var wanted = Wanted(job, count);
        if (wanted < count.Active.Count)
        {
            // Those that do least go first.
            return new(null, [], [.. count.Active.OrderBy(Common.PodFacts.IsReady).ThenByDescending(pod => pod.Metadata.CreationTimestamp).Take(count.Active.Count - wanted)], deadline);
        }
        // A pod on its way out still holds its place.
        var places = Math.Max(0, wanted - count.Active.Count - (JobPods.WaitsForEnd(job) ? count.Terminating : 0));
        if (JobIndexes.Has(job))
        {
            var (due, later) = IndexPlaces(job, count, places, now);
            return new(null, due, [], later is null || deadline < later ? deadline : later);
        }
        var backoff = Backoff(count.Setbacks, count.LastFailure, now);
        if (places > 0 && backoff > TimeSpan.Zero)
        {
            return new(null, [], [], deadline < backoff ? deadline : backoff);
        }
        return new(null, Places(job, count, places), [], deadline);
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

    private static TimeSpan Backoff(int failures, DateTimeOffset? last, DateTimeOffset now)
    {
        if (failures == 0 || last is null)
        {
            return TimeSpan.Zero;
        }
        var delay = s_firstBackoff * Math.Pow(2, Math.Min(failures - 1, 10));
        return last.Value + (delay < s_longestBackoff ? delay : s_longestBackoff) - now;
    }

    private static IReadOnlyList<int?> Places(Job job, JobCount count, int places)
    {
        if (!JobPods.IsIndexed(job))
        {
            return new int?[places];
        }
        var taken = count.Active.Select(JobPods.IndexOf).ToHashSet();
        if (JobPods.WaitsForEnd(job))
        {
            taken.UnionWith(count.Leaving.Select(JobPods.IndexOf));
        }
        return [.. Enumerable.Range(0, job.Spec.Completions ?? 0)
            .Where(index => !count.CompletedIndexes.Contains(index) && count.FailedIndexes?.Contains(index) != true && !taken.Contains(index))
            .Take(places)
            .Select(index => (int?)index)];
    }

    /// <summary>The places whose index has waited long enough since it failed; else when the first has.</summary>
    private static (IReadOnlyList<int?> Now, TimeSpan? Later) IndexPlaces(Job job, JobCount count, int places, DateTimeOffset now)
    {
        var due = new List<int?>();
        TimeSpan? later = null;
        foreach (var index in Places(job, count, places))
        {
            var wait = index is { } number && count.Awaiting.TryGetValue(number, out var failed)
                ? Backoff(JobIndexes.Absolute(failed), JobPods.FinishedAt(failed), now)
                : TimeSpan.Zero;
            if (wait <= TimeSpan.Zero)
            {
                due.Add(index);
            }
            else if (later is null || wait < later)
            {
                later = wait;
            }
        }
        return (due, later);
    }
}

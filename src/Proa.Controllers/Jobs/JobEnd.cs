using Proa.Api.Models.Batch;

namespace Proa.Controllers.Jobs;

/// <summary>How a job ends. What it was told once stays so; then failures are looked at before successes. Pure.</summary>
internal sealed record JobEnd(bool Success, string Reason, string Message)
{
    /// <returns>Null while it goes on.</returns>
    public static JobEnd? Of(Job job, JobCount count, bool late) => Told(job.Status) ?? Failure(job, count, late) ?? Completion(job, count);

    private static JobEnd? Told(JobStatus status)
    {
        foreach (var condition in status.Conditions)
        {
            if (condition is { Status: "True", Type: "SuccessCriteriaMet" or "FailureTarget" })
            {
                return new(condition.Type == "SuccessCriteriaMet", condition.Reason ?? "", condition.Message ?? "");
            }
        }
        return null;
    }

    private static JobEnd? Failure(Job job, JobCount count, bool late)
    {
        if (count.Fatal is { } fatal)
        {
            return new(false, "PodFailurePolicy", fatal);
        }
        if (count.Failed > (job.Spec.BackoffLimit ?? 6) || IsRestartedTooOften(job, count))
        {
            return new(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if (late)
        {
            return new(false, "DeadlineExceeded", "Job was active longer than specified deadline");
        }
        if (count.FailedIndexes is not { Count: > 0 } failed)
        {
            return null;
        }
        return failed.Count > job.Spec.MaxFailedIndexes
            ? new(false, "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes")
            : failed.Count + count.CompletedIndexes.Count >= job.Spec.Completions ? new(false, "FailedIndexes", "Job has failed indexes") : null;
    }

    private static bool IsRestartedTooOften(Job job, JobCount count) =>
        job.Spec.Template.Spec.RestartPolicy == "OnFailure" && count.Restarts >= Math.Max(1, job.Spec.BackoffLimit ?? 6);

    private static JobEnd? Completion(Job job, JobCount count)
    {
        if (JobPods.IsIndexed(job) && JobSuccessPolicy.Met(job.Spec.SuccessPolicy, count.CompletedIndexes) is { } rule)
        {
            return new(true, "SuccessPolicy", rule);
        }
        var complete = job.Spec.Completions is { } completions
            ? count.Succeeded >= completions
            : count.Succeeded > 0 && count.Active.Count == 0 && count.Terminating == 0;
        return complete ? new(true, "CompletionsReached", "Reached expected number of succeeded pods") : null;
    }
}

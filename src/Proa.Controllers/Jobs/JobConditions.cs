using Proa.Api.Models.Batch;
using Proa.Controllers.Common;

namespace Proa.Controllers.Jobs;

/// <summary>A job's status, from its count. Pure.</summary>
internal static class JobConditions
{
    public static bool Has(JobStatus status, string type) => status.Conditions.Any(condition => condition.Type == type && condition.Status == "True");

    public static bool IsFinished(JobStatus status) => Has(status, "Complete") || Has(status, "Failed");

    /// <param name="started">How many pods more (or fewer) are active than were counted.</param>
    /// <param name="over">The job has its end and none of its pods is left to run or to be counted.</param>
    public static JobStatus Status(Job job, JobCount count, JobEnd? end, int started, bool over, DateTimeOffset now)
    {
        var status = job.Status with
        {
            Active = Counts.OrAbsent(Math.Max(0, count.Active.Count + started)),
            Ready = count.Ready,
            Terminating = count.Terminating,
            Succeeded = Counts.OrAbsent(count.SettledSucceeded),
            Failed = Counts.OrAbsent(count.SettledFailed),
            UncountedTerminatedPods = count.Uncounted,
            CompletedIndexes = count.CompletedIndexes.Count > 0 ? IndexRanges.Write(count.CompletedIndexes) : job.Status.CompletedIndexes,
        };
        if (count.FailedIndexes is { } failed)
        {
            status = status with { FailedIndexes = IndexRanges.Write(failed) };
        }
        status = Suspension(job, status, now);
        if (end is null)
        {
            return status;
        }
        status = Set(status, end.Success ? "SuccessCriteriaMet" : "FailureTarget", "True", end.Reason, end.Message, now);
        if (!over)
        {
            return status;
        }
        status = Set(status, end.Success ? "Complete" : "Failed", "True", end.Reason, end.Message, now);
        return end.Success ? status with { CompletionTime = now } : status;
    }

    private static JobStatus Suspension(Job job, JobStatus status, DateTimeOffset now)
    {
        if (job.Spec.Suspend == true)
        {
            return Set(status, "Suspended", "True", "JobSuspended", "Job suspended", now) with { StartTime = null };
        }
        return status.Conditions.Any(condition => condition is { Type: "Suspended", Status: "True" })
            ? Set(status, "Suspended", "False", "JobResumed", "Job resumed", now) with { StartTime = now }
            : status;
    }

    private static JobStatus Set(JobStatus status, string type, string value, string reason, string message, DateTimeOffset now)
    {
        if (status.Conditions.Any(condition => condition.Type == type && condition.Status == value))
        {
            return status;
        }
        var condition = new JobCondition { Type = type, Status = value, Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now };
        return status with { Conditions = [.. status.Conditions.Where(other => other.Type != type), condition] };
    }
}

using System.Globalization;
using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.Jobs;

namespace Proa.Controllers.CronJobs;

/// <summary>Starts a job when its time has come, and clears away the old ones.</summary>
internal sealed class CronJobReconciler(ControllerContext context, IInformer<CronJob> crons, IInformer<Job> jobs)
{
    private const string ScheduledTime = "batch.kubernetes.io/cronjob-scheduled-timestamp";

    /// <summary>Past so many missed times the count of them is not worth having.</summary>
    private const int TooManyMissed = 100;

    private static readonly TimeSpan[] s_windows = [TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(31), TimeSpan.FromDays(366)];

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (crons.Get(key.Namespace, key.Name) is not { } cron)
        {
            return ReconcileResult.Done;
        }
        var mine = jobs.ByIndex(Owners.ByController, cron.Metadata.Uid!).ToList();
        await CleanUpAsync(cron, mine, ct);
        var told = Observe(cron, mine);
        if (cron.Metadata.DeletionTimestamp is not null || cron.Spec.Suspend == true)
        {
            return await WriteAsync(cron, told, ReconcileResult.Done, ct);
        }
        if (!CronSchedule.TryParse(cron.Spec.Schedule, out var schedule) || Zone(cron) is not { } zone)
        {
            context.Events.Warning(cron, "UnparseableSchedule", $"unparseable schedule: \"{cron.Spec.Schedule}\"");
            return await WriteAsync(cron, told, ReconcileResult.Terminal("its schedule cannot be read"), ct);
        }
        var now = context.Time.GetUtcNow();
        var due = Due(cron, schedule!, zone, now);
        if (due is { } at && MayStart(cron, told, at, now))
        {
            var started = await StartAsync(cron, told, mine, at, ct);
            if (!started.Ok)
            {
                return ReconcileResult.Retry(started.Error);
            }
            told = started.Value;
        }
        var next = schedule!.Next(now, zone) is { } coming ? ReconcileResult.After(coming - now) : ReconcileResult.Done;
        return await WriteAsync(cron, told, next, ct);
    }

    /// <summary>The latest time that has passed and was not served.</summary>
    private DateTimeOffset? Due(CronJob cron, CronSchedule schedule, TimeZoneInfo zone, DateTimeOffset now)
    {
        var since = cron.Status.LastScheduleTime ?? cron.Metadata.CreationTimestamp ?? now;
        if (cron.Spec.StartingDeadlineSeconds is { } deadline && now - TimeSpan.FromSeconds(deadline) > since)
        {
            since = now - TimeSpan.FromSeconds(deadline);
        }
        DateTimeOffset? due = null;
        var missed = 0;
        var at = schedule.Next(since, zone);
        while (at is { } time && time <= now)
        {
            due = time;
            at = schedule.Next(time, zone);
            if (++missed == TooManyMissed)
            {
                context.Events.Warning(cron, "TooManyMissedTimes", "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
                at = Recent(schedule, zone, time, now) ?? at;
            }
        }
        return due;
    }

    /// <summary>A time that has passed, not long before the last one: the many between need not be counted one by one.</summary>
    private static DateTimeOffset? Recent(CronSchedule schedule, TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset now)
    {
        foreach (var window in s_windows)
        {
            if (now - window > after && schedule.Next(now - window, zone) is { } found && found <= now)
            {
                return found;
            }
        }
        return null;
    }

    private bool MayStart(CronJob cron, CronJobStatus told, DateTimeOffset due, DateTimeOffset now)
    {
        if (cron.Spec.StartingDeadlineSeconds is { } deadline && due + TimeSpan.FromSeconds(deadline) < now)
        {
            context.Events.Warning(cron, "MissSchedule", $"Missed scheduled time to start a job: {due.UtcDateTime.ToString("R", CultureInfo.InvariantCulture)}");
            return false;
        }
        if (cron.Spec.ConcurrencyPolicy == "Forbid" && told.Active.Count > 0)
        {
            context.Events.Normal(cron, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
            return false;
        }
        return true;
    }

    private async Task<ApiResult<CronJobStatus>> StartAsync(CronJob cron, CronJobStatus told, List<Job> mine, DateTimeOffset due, CancellationToken ct)
    {
        if (cron.Spec.ConcurrencyPolicy == "Replace")
        {
            foreach (var running in mine.Where(job => !JobConditions.IsFinished(job.Status)))
            {
                var deleted = await DeleteAsync(cron, running, ct);
                if (!deleted.Ok && !deleted.IsNotFound)
                {
                    return deleted.Error;
                }
            }
            told = told with { Active = [] };
        }
        var template = cron.Spec.JobTemplate;
        var job = new Job
        {
            Metadata = new()
            {
                // The time is in the name: a job is started once, however often this runs.
                Name = $"{cron.Metadata.Name}-{due.ToUnixTimeSeconds() / 60}",
                Namespace = cron.Metadata.Namespace,
                Labels = template.Metadata.Labels,
                Annotations = new Dictionary<string, string>(template.Metadata.Annotations)
                {
                    [ScheduledTime] = due.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                },
                OwnerReferences = [Owners.ControllerReference(cron)],
            },
            Spec = template.Spec,
        };
        var made = await context.Client.CreateAsync(job, ct);
        if (!made.Ok && made.Error.Reason != "AlreadyExists")
        {
            if (!PodControl.IsNamespaceTerminating(made.Error))
            {
                context.Events.Warning(cron, "FailedCreate", $"Error creating job: {made.Error.Message}");
            }
            return made.Error;
        }
        if (made.Ok)
        {
            context.Events.Normal(cron, "SuccessfulCreate", $"Created job {job.Metadata.Name}");
            told = told with { Active = [.. told.Active, EventRecorderExtensions.ReferenceTo(made.Value, null)] };
        }
        return told with { LastScheduleTime = due };
    }

    private CronJobStatus Observe(CronJob cron, List<Job> mine)
    {
        var active = mine.Where(job => !JobConditions.IsFinished(job.Status)).OrderBy(job => job.Metadata.CreationTimestamp)
            .Select(job => cron.Status.Active.FirstOrDefault(reference => reference.Uid == job.Metadata.Uid) ?? EventRecorderExtensions.ReferenceTo(job, null)).ToList();
        foreach (var reference in cron.Status.Active)
        {
            if (mine.Find(job => job.Metadata.Uid == reference.Uid) is { } ended && JobConditions.IsFinished(ended.Status))
            {
                var how = JobConditions.Has(ended.Status, "Complete") ? "Complete" : "Failed";
                context.Events.Normal(cron, "SawCompletedJob", $"Saw completed job: {ended.Metadata.Name}, condition: {how}");
            }
        }
        var lastSuccess = mine.Where(job => JobConditions.Has(job.Status, "Complete")).Select(job => job.Status.CompletionTime).Append(cron.Status.LastSuccessfulTime).Max();
        return cron.Status with { Active = active, LastSuccessfulTime = lastSuccess };
    }

    private async Task CleanUpAsync(CronJob cron, List<Job> mine, CancellationToken ct)
    {
        foreach (var (type, limit) in new[] { ("Complete", cron.Spec.SuccessfulJobsHistoryLimit ?? 3), ("Failed", cron.Spec.FailedJobsHistoryLimit ?? 1) })
        {
            var ended = mine.FindAll(job => JobConditions.Has(job.Status, type) && job.Metadata.DeletionTimestamp is null);
            foreach (var job in ended.OrderBy(job => job.Status.StartTime).Take(Math.Max(0, ended.Count - limit)))
            {
                await DeleteAsync(cron, job, ct);
            }
        }
    }

    private async Task<ApiResult<bool>> DeleteAsync(CronJob cron, Job job, CancellationToken ct)
    {
        var deleted = await context.Client.DeleteAsync<Job>(
            job.Metadata.Namespace, job.Metadata.Name!, new DeleteRequest(Propagation: "Background", Uid: job.Metadata.Uid), ct);
        if (deleted.Ok)
        {
            context.Events.Normal(cron, "SuccessfulDelete", $"Deleted job {job.Metadata.Name}");
        }
        return deleted;
    }

    private async Task<ReconcileResult> WriteAsync(CronJob cron, CronJobStatus status, ReconcileResult result, CancellationToken ct)
    {
        if (status == cron.Status)
        {
            return result;
        }
        var written = await context.Client.UpdateStatusAsync(cron with { Status = status }, ct);
        return written.Ok || written.IsNotFound ? result : ReconcileResult.Retry(written.Error);
    }

    private static TimeZoneInfo? Zone(CronJob cron)
    {
        if (string.IsNullOrEmpty(cron.Spec.TimeZone))
        {
            return TimeZoneInfo.Utc;
        }
        return TimeZoneInfo.TryFindSystemTimeZoneById(cron.Spec.TimeZone, out var zone) ? zone : null;
    }
}

using Proa.Api.Json;
using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Jobs;

/// <summary>Runs a job's pods until enough have succeeded or too many failed, and counts them.</summary>
internal sealed class JobReconciler(ControllerContext context, IInformer<Job> jobs, IInformer<Pod> pods, Expectations expectations)
{
    private readonly PodControl _control = new(context.Client, context.Events);

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (jobs.Get(key.Namespace, key.Name) is not { } job)
        {
            expectations.Forget(key);
            return ReconcileResult.Done;
        }
        if (job.Spec.ManagedBy is not (null or "kubernetes.io/job-controller"))
        {
            // Another controller's, by its own wish.
            return ReconcileResult.Done;
        }
        if (job.Spec.Selector is not { } selector || JobConditions.IsFinished(job.Status))
        {
            return await ReleaseAsync(pods.ByIndex(Owners.ByController, job.Metadata.Uid!), ct);
        }
        var counts = expectations.Satisfied(key);
        var (mine, claimError) = await Claims.ClaimAsync(context.Client, job, selector, pods, ct, JobPods.Finalizer);
        if (claimError is not null)
        {
            return ReconcileResult.Retry(claimError);
        }
        var now = context.Time.GetUtcNow();
        var count = JobCount.Of(job, mine);
        var started = job.Status.StartTime is null && job.Spec.Suspend != true ? job with { Status = job.Status with { StartTime = now } } : job;
        var plan = JobPlan.Of(started, count, now);
        count = plan.End is null ? count : count.AtItsEnd(job);

        Status? error = null;
        var created = 0;
        if (counts && job.Metadata.DeletionTimestamp is null)
        {
            var freed = plan.End is null ? await ReleaseAsync(plan.Delete, ct) : ReconcileResult.Done;
            if (freed.Outcome != ReconcileOutcome.Done)
            {
                return freed;
            }
            (created, error) = await CreateAsync(key, job, plan.Create, count, ct);
            error ??= await DeleteAsync(key, job, plan.Delete, ct);
        }
        var over = plan.End is not null && count.Active.Count == 0 && count.Terminating == 0 && count.ToRelease.Count == 0;
        var status = JobConditions.Status(started, count, plan.End, created - (counts ? plan.Delete.Count : 0), over, now);
        if (status != job.Status)
        {
            var written = await context.Client.UpdateStatusAsync(job with { Status = status }, ct);
            if (!written.Ok)
            {
                return written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
            }
            Tell(job, status);
        }
        // The uids stand in the status now: the pods may go.
        var released = await ReleaseAsync(count.ToRelease, ct);
        return error is not null ? ReconcileResult.Retry(error)
            : released.Outcome != ReconcileOutcome.Done ? released
            : plan.Wait is { } wait && wait > TimeSpan.Zero ? ReconcileResult.After(wait)
            : ReconcileResult.Done;
    }

    private void Tell(Job job, JobStatus status)
    {
        if (JobConditions.Has(status, "Complete") && !JobConditions.Has(job.Status, "Complete"))
        {
            context.Events.Normal(job, "Completed", "Job completed");
        }
        if (status.Conditions.FirstOrDefault(condition => condition is { Type: "Failed", Status: "True" }) is { } failed && !JobConditions.Has(job.Status, "Failed"))
        {
            context.Events.Warning(job, failed.Reason ?? "Failed", failed.Message ?? "");
        }
        if (JobConditions.Has(status, "Suspended") != JobConditions.Has(job.Status, "Suspended"))
        {
            var (reason, message) = JobConditions.Has(status, "Suspended") ? ("Suspended", "Job suspended") : ("Resumed", "Job resumed");
            context.Events.Normal(job, reason, message);
        }
    }

    private async Task<(int Created, Status? Error)> CreateAsync(
        NamespacedName key, Job job, IReadOnlyList<int?> places, JobCount count, CancellationToken ct)
    {
        if (places.Count == 0)
        {
            return (0, null);
        }
        expectations.ExpectCreations(key, places.Count);
        var next = -1;
        var (succeeded, error) = await SlowStart.RunAsync(places.Count, () =>
        {
            var place = places[Interlocked.Increment(ref next)];
            return _control.CreateAsync(job, JobPods.Make(job, place, place is { } index ? count.Awaiting.GetValueOrDefault(index) : null), ct);
        });
        if (error is not null)
        {
            expectations.CreationObserved(key, places.Count - succeeded);
        }
        return (succeeded, error is not null && PodControl.IsNamespaceTerminating(error) ? null : error);
    }

    private async Task<Status?> DeleteAsync(NamespacedName key, Job job, IReadOnlyList<Pod> victims, CancellationToken ct)
    {
        if (victims.Count == 0)
        {
            return null;
        }
        expectations.ExpectDeletions(key, victims.Select(pod => pod.Metadata.Uid!));
        Status? error = null;
        foreach (var pod in victims)
        {
            var (ordered, refused) = await _control.DeleteAsync(job, pod, ct);
            if (!ordered)
            {
                expectations.DeletionObserved(key, pod.Metadata.Uid);
            }
            error ??= refused;
        }
        return error;
    }

    /// <summary>Lets a pod go that waits to be counted when no job is there to count it.</summary>
    /// <param name="key">The pod's.</param>
    public async Task<ReconcileResult> ReleaseOrphanAsync(NamespacedName key, CancellationToken ct)
    {
        if (pods.Get(key.Namespace, key.Name) is not { } pod)
        {
            return ReconcileResult.Done;
        }
        var owner = Owners.ControllerOf(pod.Metadata);
        var isOthers = owner is not null && (owner.Kind != Job.Resource.Kind || Owners.Resolve(jobs, key.Namespace, owner) is not null);
        return isOthers ? ReconcileResult.Done : await ReleaseAsync([pod], ct);
    }

    private async Task<ReconcileResult> ReleaseAsync(IReadOnlyList<Pod> finished, CancellationToken ct)
    {
        foreach (var pod in finished)
        {
            if (!pod.Metadata.Finalizers.Contains(JobPods.Finalizer))
            {
                continue;
            }
            var kept = new JsonArray(pod.Metadata.Finalizers.Where(finalizer => finalizer != JobPods.Finalizer).Select(finalizer => (JsonValue)finalizer));
            var metadata = new JsonObject { ["uid"] = pod.Metadata.Uid!, ["resourceVersion"] = pod.Metadata.ResourceVersion!, ["finalizers"] = kept };
            var patch = JsonTree.ToUtf8(new JsonObject { ["metadata"] = metadata });
            var released = await context.Client.PatchAsync<Pod>(pod.Metadata.Namespace, pod.Metadata.Name!, PatchKind.Merge, patch, ct);
            if (!released.Ok && !released.IsNotFound)
            {
                return ReconcileResult.Retry(released.Error);
            }
        }
        return ReconcileResult.Done;
    }
}

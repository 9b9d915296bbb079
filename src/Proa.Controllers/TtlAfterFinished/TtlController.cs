using Proa.Api.Models.Batch;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.Jobs;

namespace Proa.Controllers.TtlAfterFinished;

/// <summary>Deletes finished jobs when their time to live is over.</summary>
internal sealed class TtlController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<Job> _jobs;
    private readonly WorkQueue<NamespacedName> _queue;

    public TtlController(ControllerContext context)
    {
        _context = context;
        _jobs = context.Informers.Get<Job>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var jobs = _jobs.Subscribe(change =>
        {
            if (change.New is { Spec.TtlSecondsAfterFinished: not null, Metadata.DeletionTimestamp: null } job && JobConditions.IsFinished(job.Status))
            {
                _queue.Add(NamespacedName.Of(job));
            }
        });
        await _jobs.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("ttlafterfinished", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_jobs.Get(key.Namespace, key.Name) is not { Spec.TtlSecondsAfterFinished: { } seconds } job || !JobConditions.IsFinished(job.Status))
        {
            return ReconcileResult.Done;
        }
        var finished = job.Status.Conditions.First(condition => condition.Type is "Complete" or "Failed" && condition.Status == "True").LastTransitionTime;
        var left = (finished ?? default) + TimeSpan.FromSeconds(seconds) - _context.Time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.After(left);
        }
        var request = new DeleteRequest(Propagation: "Foreground", Uid: job.Metadata.Uid, ResourceVersion: job.Metadata.ResourceVersion);
        var deleted = await _context.Client.DeleteAsync<Job>(key.Namespace, key.Name, request, ct);
        return deleted.Ok || deleted.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(deleted.Error);
    }
}

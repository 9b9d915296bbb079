using Proa.Api.Models.Batch;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.CronJobs;

/// <summary>Wires cron jobs and the jobs that they started to the reconciler.</summary>
internal sealed class CronJobController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<CronJob> _crons;
    private readonly IInformer<Job> _jobs;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly CronJobReconciler _reconciler;

    public CronJobController(ControllerContext context)
    {
        _context = context;
        _crons = context.Informers.Get<CronJob>();
        _jobs = context.Informers.Get<Job>();
        _jobs.AddOwnerIndexes();
        _queue = new(context.Time);
        _reconciler = new(context, _crons, _jobs);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var crons = _crons.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var jobs = _jobs.Subscribe(change =>
        {
            if (Owners.Resolve(_crons, change.Object.Metadata.Namespace, Owners.ControllerOf(change.Object.Metadata)) is { } cron)
            {
                _queue.Add(NamespacedName.Of(cron));
            }
        });
        await _crons.SyncedAsync(ct);
        await _jobs.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("cronjob", _queue, _reconciler.ReconcileAsync, 2, _context.Logger).RunAsync(ct);
    }
}

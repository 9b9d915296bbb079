using Proa.Api.Models.Batch;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Jobs;

/// <summary>Wires jobs and their pods to the reconciler.</summary>
internal sealed class JobController : IController
{
    private const int Workers = 5;
    private readonly ControllerContext _context;
    private readonly IInformer<Job> _jobs;
    private readonly IInformer<Pod> _pods;
    private readonly Expectations _expectations;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly WorkQueue<NamespacedName> _orphans;
    private readonly JobReconciler _reconciler;

    public JobController(ControllerContext context)
    {
        _context = context;
        _jobs = context.Informers.Get<Job>();
        _pods = context.Informers.Get<Pod>();
        _pods.AddOwnerIndexes();
        _expectations = new(context.Time);
        _queue = new(context.Time);
        _orphans = new(context.Time);
        _reconciler = new(context, _jobs, _pods, _expectations);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var orphans = _orphans;
        using var jobs = _jobs.Subscribe(OnJob);
        using var pods = _pods.Subscribe(OnPod);
        await _jobs.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await Task.WhenAll(
            new ReconcileLoop<NamespacedName>("job", _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct),
            new ReconcileLoop<NamespacedName>("job_orphan_pod", _orphans, _reconciler.ReleaseOrphanAsync, 1, _context.Logger).RunAsync(ct));
    }

    private void OnJob(InformerEvent<Job> change)
    {
        if (change.New is null)
        {
            _expectations.Forget(NamespacedName.Of(change.Object));
            foreach (var pod in _pods.ByIndex(Owners.ByController, change.Object.Metadata.Uid!))
            {
                _orphans.Add(NamespacedName.Of(pod));
            }
        }
        _queue.Add(NamespacedName.Of(change.Object));
    }

    private void OnPod(InformerEvent<Pod> change)
    {
        var pod = change.Object;
        foreach (var other in Adopters.Of(_jobs, change, job => job.Spec.Selector))
        {
            _queue.Add(other);
        }
        if (Owners.Resolve(_jobs, pod.Metadata.Namespace, Owners.ControllerOf(pod.Metadata)) is not { } job)
        {
            // No job will count it, so it must not wait to be counted.
            if (change.New is not null && pod.Metadata.Finalizers.Contains(JobPods.Finalizer))
            {
                _orphans.Add(NamespacedName.Of(pod));
            }
            return;
        }
        var key = NamespacedName.Of(job);
        if (change.Old is null)
        {
            _expectations.CreationObserved(key);
        }
        if (change.New is null || PodFacts.IsTerminating(pod))
        {
            _expectations.DeletionObserved(key, pod.Metadata.Uid);
        }
        _queue.Add(key);
    }
}

using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.StatefulSets;

/// <summary>Wires stateful sets, their pods, claims and revisions to the reconciler.</summary>
internal sealed class StatefulSetController : IController
{
    private const int Workers = 3;
    private readonly ControllerContext _context;
    private readonly IInformer<StatefulSet> _sets;
    private readonly IInformer<Pod> _pods;
    private readonly IInformer<PersistentVolumeClaim> _claims;
    private readonly IInformer<ControllerRevision> _revisions;
    private readonly Expectations _deletions;
    private readonly WorkQueue<NamespacedName> _queue;

    public StatefulSetController(ControllerContext context)
    {
        _context = context;
        _sets = context.Informers.Get<StatefulSet>();
        _pods = context.Informers.Get<Pod>();
        _claims = context.Informers.Get<PersistentVolumeClaim>();
        _revisions = context.Informers.Get<ControllerRevision>();
        _pods.AddOwnerIndexes();
        _revisions.AddOwnerIndexes();
        _deletions = new(context.Time);
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var recent = new RecentWrites<Pod>(_pods);
        using var sets = _sets.Subscribe(OnSet);
        using var pods = _pods.Subscribe(OnPod);
        await _sets.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await _claims.SyncedAsync(ct);
        await _revisions.SyncedAsync(ct);
        var reconciler = new StatefulSetReconciler(_context, _sets, _pods, _claims, _revisions, recent, _deletions);
        await new ReconcileLoop<NamespacedName>("statefulset", _queue, reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
    }

    private void OnSet(InformerEvent<StatefulSet> change)
    {
        if (change.New is null)
        {
            _deletions.Forget(NamespacedName.Of(change.Object));
        }
        _queue.Add(NamespacedName.Of(change.Object));
    }

    private void OnPod(InformerEvent<Pod> change)
    {
        var pod = change.Object;
        foreach (var other in Adopters.Of(_sets, change, set => set.Spec.Selector))
        {
            _queue.Add(other);
        }
        if (Owners.Resolve(_sets, pod.Metadata.Namespace, Owners.ControllerOf(pod.Metadata)) is not { } set)
        {
            return;
        }
        var key = NamespacedName.Of(set);
        if (change.New is null || PodFacts.IsTerminating(pod))
        {
            _deletions.DeletionObserved(key, pod.Metadata.Uid);
        }
        _queue.Add(key);
    }
}

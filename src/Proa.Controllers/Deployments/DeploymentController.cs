using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Deployments;

/// <summary>Wires deployments, their replica sets and, for Recreate, the end of their pods to the reconciler.</summary>
internal sealed class DeploymentController : IController
{
    private const int Workers = 5;
    private readonly ControllerContext _context;
    private readonly IInformer<Deployment> _deployments;
    private readonly IInformer<ReplicaSet> _sets;
    private readonly IInformer<Pod> _pods;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly DeploymentReconciler _reconciler;

    public DeploymentController(ControllerContext context)
    {
        _context = context;
        _deployments = context.Informers.Get<Deployment>();
        _sets = context.Informers.Get<ReplicaSet>();
        _pods = context.Informers.Get<Pod>();
        _sets.AddOwnerIndexes();
        _pods.AddOwnerIndexes();
        _queue = new(context.Time);
        _reconciler = new(context, _deployments, _sets, _pods);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var deployments = _deployments.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var sets = _sets.Subscribe(OnSet);
        using var pods = _pods.Subscribe(OnPod);
        await _deployments.SyncedAsync(ct);
        await _sets.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("deployment", _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
    }

    private void OnSet(InformerEvent<ReplicaSet> change)
    {
        var set = change.Object;
        Enqueue(set);
        if (change is { Old: { } old, New: not null } && Owners.ControllerOf(old.Metadata)?.Uid != Owners.ControllerOf(set.Metadata)?.Uid)
        {
            Enqueue(old);
        }
        if (Owners.ControllerOf(set.Metadata) is null && change.New is not null)
        {
            foreach (var deployment in _deployments.List(set.Metadata.Namespace))
            {
                if (Selectors.Matches(deployment.Spec.Selector, set.Metadata.Labels))
                {
                    _queue.Add(NamespacedName.Of(deployment));
                }
            }
        }
    }

    /// <summary>Recreate waits for the last old pod to be over.</summary>
    private void OnPod(InformerEvent<Pod> change)
    {
        if ((change.New is null || PodFacts.IsFinished(change.New))
            && Owners.ControllerOf(change.Object.Metadata) is { } owner
            && Owners.Resolve(_sets, change.Object.Metadata.Namespace, owner) is { } set
            && Owners.Resolve(_deployments, set.Metadata.Namespace, Owners.ControllerOf(set.Metadata)) is { Spec.Strategy.Type: "Recreate" } deployment)
        {
            _queue.Add(NamespacedName.Of(deployment));
        }
    }

    private void Enqueue(ReplicaSet set)
    {
        if (Owners.Resolve(_deployments, set.Metadata.Namespace, Owners.ControllerOf(set.Metadata)) is { } deployment)
        {
            _queue.Add(NamespacedName.Of(deployment));
        }
    }
}

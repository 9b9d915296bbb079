using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Api.Models.Policy;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Disruption;

/// <summary>Wires disruption budgets, pods and the controllers of pods to the reconciler.</summary>
internal sealed class DisruptionController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<PodDisruptionBudget> _budgets;
    private readonly IInformer<Pod> _pods;
    private readonly IInformer<ReplicaSet> _replicaSets;
    private readonly IInformer<Deployment> _deployments;
    private readonly IInformer<StatefulSet> _statefulSets;
    private readonly IInformer<ReplicationController> _replicationControllers;
    private readonly WorkQueue<NamespacedName> _queue;

    public DisruptionController(ControllerContext context)
    {
        _context = context;
        _budgets = context.Informers.Get<PodDisruptionBudget>();
        _pods = context.Informers.Get<Pod>();
        _replicaSets = context.Informers.Get<ReplicaSet>();
        _deployments = context.Informers.Get<Deployment>();
        _statefulSets = context.Informers.Get<StatefulSet>();
        _replicationControllers = context.Informers.Get<ReplicationController>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var budgets = _budgets.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var pods = _pods.Subscribe(OnPod);
        using var deployments = _deployments.Subscribe(change => OnScale(change.Object.Metadata.Namespace, change.Old?.Spec.Replicas, change.New?.Spec.Replicas));
        using var statefulSets = _statefulSets.Subscribe(change => OnScale(change.Object.Metadata.Namespace, change.Old?.Spec.Replicas, change.New?.Spec.Replicas));
        using var controllers = _replicationControllers.Subscribe(change => OnScale(change.Object.Metadata.Namespace, change.Old?.Spec.Replicas, change.New?.Spec.Replicas));
        await _budgets.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await _replicaSets.SyncedAsync(ct);
        await _deployments.SyncedAsync(ct);
        await _statefulSets.SyncedAsync(ct);
        await _replicationControllers.SyncedAsync(ct);
        var reconciler = new DisruptionReconciler(_context, _budgets, _pods, new PodScales(_replicaSets, _deployments, _statefulSets, _replicationControllers));
        await new ReconcileLoop<NamespacedName>("disruption", _queue, reconciler.ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private void OnPod(InformerEvent<Pod> change)
    {
        foreach (var budget in _budgets.List(change.Object.Metadata.Namespace))
        {
            if (budget.Spec.Selector is { } selector
                && ((change.Old is not null && Selectors.Matches(selector, change.Old.Metadata.Labels)) || (change.New is not null && Selectors.Matches(selector, change.New.Metadata.Labels))))
            {
                _queue.Add(NamespacedName.Of(budget));
            }
        }
    }

    private void OnScale(string? ns, int? old, int? now)
    {
        if (old == now)
        {
            return;
        }
        foreach (var budget in _budgets.List(ns))
        {
            _queue.Add(NamespacedName.Of(budget));
        }
    }
}

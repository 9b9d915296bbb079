using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.DaemonSets;

/// <summary>Wires daemon sets, nodes, pods and revisions to the reconciler.</summary>
internal sealed class DaemonSetController : IController
{
    private const int Workers = 2;
    private readonly ControllerContext _context;
    private readonly IInformer<DaemonSet> _sets;
    private readonly IInformer<Pod> _pods;
    private readonly IInformer<Node> _nodes;
    private readonly IInformer<ControllerRevision> _revisions;
    private readonly Expectations _expectations;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly DaemonSetReconciler _reconciler;

    public DaemonSetController(ControllerContext context)
    {
        _context = context;
        _sets = context.Informers.Get<DaemonSet>();
        _pods = context.Informers.Get<Pod>();
        _nodes = context.Informers.Get<Node>();
        _revisions = context.Informers.Get<ControllerRevision>();
        _pods.AddOwnerIndexes();
        _revisions.AddOwnerIndexes();
        _expectations = new(context.Time);
        _queue = new(context.Time);
        _reconciler = new(context, _sets, _pods, _nodes, _revisions, _expectations);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var sets = _sets.Subscribe(OnSet);
        using var pods = _pods.Subscribe(OnPod);
        using var nodes = _nodes.Subscribe(OnNode);
        await _sets.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await _nodes.SyncedAsync(ct);
        await _revisions.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("daemonset", _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
    }

    private void OnSet(InformerEvent<DaemonSet> change)
    {
        if (change.New is null)
        {
            _expectations.Forget(NamespacedName.Of(change.Object));
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

    /// <summary>Heartbeats change nothing; labels, taints and coming and going do.</summary>
    private void OnNode(InformerEvent<Node> change)
    {
        if (change is { Old: { } old, New: { } now } && old.Spec == now.Spec
            && old.Metadata.Labels.Count == now.Metadata.Labels.Count && Selectors.MatchesAll(old.Metadata.Labels, now.Metadata.Labels))
        {
            return;
        }
        foreach (var set in _sets.List())
        {
            _queue.Add(NamespacedName.Of(set));
        }
    }
}

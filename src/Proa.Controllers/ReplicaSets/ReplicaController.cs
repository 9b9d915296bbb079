using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ReplicaSets;

/// <summary>Wires replica sets, or what does the same, and their pods to the reconciler.</summary>
internal sealed class ReplicaController<T> : IController where T : class, IResource<T>
{
    private const int Workers = 5;
    private readonly ControllerContext _context;
    private readonly IInformer<T> _sets;
    private readonly IInformer<Pod> _pods;
    private readonly Expectations _expectations;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly IReplicaKind<T> _kind;
    private readonly ReplicaReconciler<T> _reconciler;

    public ReplicaController(ControllerContext context, IReplicaKind<T> kind)
    {
        _context = context;
        _kind = kind;
        _sets = context.Informers.Get<T>();
        _pods = context.Informers.Get<Pod>();
        _sets.AddOwnerIndexes();
        _pods.AddOwnerIndexes();
        _expectations = new(context.Time);
        _queue = new(context.Time);
        _reconciler = new(context, kind, _sets, _pods, _expectations);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var sets = _sets.Subscribe(OnSet);
        using var pods = _pods.Subscribe(OnPod);
        await _sets.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>(T.Resource.Kind.ToLowerInvariant(), _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
    }

    private void OnSet(InformerEvent<T> change)
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
        foreach (var other in Adopters.Of(_sets, change, set => _kind.View(set).Spec.Selector))
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
}

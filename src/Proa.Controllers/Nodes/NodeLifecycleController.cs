using Proa.Api.Models.Coordination;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Nodes;

/// <summary>Wires nodes, their leases and their pods to the reconciler.</summary>
internal sealed class NodeLifecycleController : IController
{
    public const string LeaseNamespace = "kube-node-lease";

    /// <summary>The index of pods by the node that they are bound to.</summary>
    public const string ByNode = "node";

    private readonly ControllerContext _context;
    private readonly IInformer<Node> _nodes;
    private readonly IInformer<Lease> _leases;
    private readonly IInformer<Pod> _pods;
    private readonly NodeHeartbeats _heartbeats;
    private readonly WorkQueue<string> _queue;
    private readonly NodeLifecycleReconciler _reconciler;

    public NodeLifecycleController(ControllerContext context)
    {
        _context = context;
        _nodes = context.Informers.Get<Node>();
        _leases = context.Informers.Get<Lease>(LeaseNamespace);
        _pods = context.Informers.Get<Pod>();
        AddNodeIndex(_pods);
        _heartbeats = new(context.Time);
        _queue = new(context.Time);
        _reconciler = new(context, _nodes, _pods, _heartbeats);
    }

    public static void AddNodeIndex(IInformer<Pod> pods) =>
        pods.AddIndex(ByNode, static pod => string.IsNullOrEmpty(pod.Spec.NodeName) ? [] : [pod.Spec.NodeName]);

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var nodes = _nodes.Subscribe(OnNode);
        using var leases = _leases.Subscribe(OnLease);
        using var pods = _pods.Subscribe(OnPod);
        await _nodes.SyncedAsync(ct);
        await _leases.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await new ReconcileLoop<string>("nodelifecycle", _queue, _reconciler.ReconcileAsync, 2, _context.Logger).RunAsync(ct);
    }

    private void OnNode(InformerEvent<Node> change)
    {
        var name = change.Object.Metadata.Name!;
        if (change.New is null)
        {
            _heartbeats.Forget(name);
        }
        else
        {
            _heartbeats.Posted(name, NodeHealth.Ready(change.New)?.LastHeartbeatTime);
        }
        _queue.Add(name);
    }

    /// <summary>A renewal only sets the clock back; a node that was lost is looked at, since it lives.</summary>
    private void OnLease(InformerEvent<Lease> change)
    {
        var name = change.Object.Metadata.Name!;
        if (change.New is { } lease && _heartbeats.Renewed(name, lease.Spec.RenewTime) && NodeHealth.Ready(_nodes.Get(null, name))?.Status == "Unknown")
        {
            _queue.Add(name);
        }
    }

    private void OnPod(InformerEvent<Pod> change)
    {
        if (change.New is { Spec.NodeName: { Length: > 0 } name } && change.Old?.Spec.NodeName != name
            && _nodes.Get(null, name)?.Spec.Taints.Any(taint => taint.Effect == "NoExecute") == true)
        {
            _queue.Add(name);
        }
    }
}

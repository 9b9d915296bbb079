using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.PodGc;

/// <summary>Wires pods and nodes to the sweep for pods that nobody will ever end.</summary>
internal sealed class PodGcController : IController
{
    /// <summary>Finished pods come in crowds; one sweep for those of some seconds is enough.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(20);

    private readonly ControllerContext _context;
    private readonly IInformer<Pod> _pods;
    private readonly IInformer<Node> _nodes;
    private readonly WorkQueue<string> _queue;
    private readonly PodGcReconciler _reconciler;

    public PodGcController(ControllerContext context)
    {
        _context = context;
        _pods = context.Informers.Get<Pod>();
        _nodes = context.Informers.Get<Node>();
        _queue = new(context.Time);
        _reconciler = new(context, _pods, _nodes);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var pods = _pods.Subscribe(OnPod);
        using var nodes = _nodes.Subscribe(OnNode);
        await _pods.SyncedAsync(ct);
        await _nodes.SyncedAsync(ct);
        _queue.Add(PodGcReconciler.Sweep);
        await new ReconcileLoop<string>("podgc", _queue, _reconciler.ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private void OnPod(InformerEvent<Pod> change)
    {
        if (change.New is not { } pod)
        {
            return;
        }
        if (string.IsNullOrEmpty(pod.Spec.NodeName) ? PodFacts.IsTerminating(pod) : _nodes.Get(null, pod.Spec.NodeName) is null)
        {
            _queue.Add(PodGcReconciler.Sweep);
        }
        else if (PodFacts.IsFinished(pod))
        {
            _queue.AddAfter(PodGcReconciler.Sweep, s_settle);
        }
    }

    private void OnNode(InformerEvent<Node> change)
    {
        if (change.New is null)
        {
            _queue.Add(PodGcReconciler.Sweep);
        }
    }
}

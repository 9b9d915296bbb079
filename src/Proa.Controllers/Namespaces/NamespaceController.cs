using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Namespaces;

/// <summary>Wires namespaces that are being deleted, and the end of their pods, to the reconciler.</summary>
internal sealed class NamespaceController : IController
{
    private const int Workers = 4;
    private readonly ControllerContext _context;
    private readonly IInformer<Namespace> _namespaces;
    private readonly IInformer<Pod> _pods;
    private readonly WorkQueue<string> _queue;
    private readonly NamespaceReconciler _reconciler;

    public NamespaceController(ControllerContext context)
    {
        _context = context;
        _namespaces = context.Informers.Get<Namespace>();
        _pods = context.Informers.Get<Pod>();
        _queue = new(context.Time);
        _reconciler = new(context, _namespaces);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var namespaces = _namespaces.Subscribe(OnNamespace);
        using var pods = _pods.Subscribe(OnPod);
        await _namespaces.SyncedAsync(ct);
        await _context.Resources.SyncedAsync(ct);
        _context.Resources.Changed += OnKinds;
        try
        {
            await new ReconcileLoop<string>("namespace", _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
        }
        finally
        {
            _context.Resources.Changed -= OnKinds;
        }
    }

    /// <summary>What a namespace waited for may be known now, or be no more.</summary>
    private void OnKinds()
    {
        foreach (var ns in _namespaces.List())
        {
            if (ns.Metadata.DeletionTimestamp is not null)
            {
                _queue.Add(ns.Metadata.Name!);
            }
        }
    }

    private void OnNamespace(InformerEvent<Namespace> change)
    {
        if (change.New?.Metadata.DeletionTimestamp is not null)
        {
            _queue.Add(change.Object.Metadata.Name!);
        }
    }

    /// <summary>Pods are what a namespace mostly waits for.</summary>
    private void OnPod(InformerEvent<Pod> change)
    {
        if (change.New is null && _namespaces.Get(null, change.Object.Metadata.Namespace!)?.Metadata.DeletionTimestamp is not null)
        {
            _queue.Add(change.Object.Metadata.Namespace!);
        }
    }
}

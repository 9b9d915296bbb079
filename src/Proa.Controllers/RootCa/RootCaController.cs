using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.RootCa;

/// <summary>Wires namespaces and the published ConfigMaps to the reconciler.</summary>
internal sealed class RootCaController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<Namespace> _namespaces;
    private readonly IInformer<ConfigMap> _maps;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly RootCaReconciler _reconciler;

    public RootCaController(ControllerContext context)
    {
        _context = context;
        _namespaces = context.Informers.Get<Namespace>();
        _maps = context.Informers.Get<ConfigMap>();
        _queue = new(context.Time);
        _reconciler = new(context, _namespaces, _maps);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var namespaces = _namespaces.Subscribe(OnNamespace);
        using var maps = _maps.Subscribe(OnMap);
        await _namespaces.SyncedAsync(ct);
        await _maps.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("rootcapublisher", _queue, _reconciler.ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private void OnNamespace(InformerEvent<Namespace> change)
    {
        foreach (var bundle in RootCaReconciler.Bundles)
        {
            _queue.Add(new(change.Object.Metadata.Name!, bundle.Name));
        }
    }

    private void OnMap(InformerEvent<ConfigMap> change)
    {
        if (RootCaReconciler.KeyIn(change.Object.Metadata.Name) is not null)
        {
            _queue.Add(NamespacedName.Of(change.Object));
        }
    }
}

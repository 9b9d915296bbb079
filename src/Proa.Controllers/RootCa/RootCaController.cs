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
    private readonly Dictionary<string, IInformer<ConfigMap>> _maps;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly RootCaReconciler _reconciler;

    public RootCaController(ControllerContext context)
    {
        _context = context;
        _namespaces = context.Informers.Get<Namespace>();
        // Each name by itself: a cluster's other ConfigMaps would be decoded and kept for nothing.
        _maps = RootCaReconciler.Bundles.ToDictionary(bundle => bundle.Name, bundle => context.Informers.Get<ConfigMap>(fieldSelector: $"metadata.name={bundle.Name}"));
        _queue = new(context.Time);
        _reconciler = new(context, _namespaces, _maps);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var namespaces = _namespaces.Subscribe(OnNamespace);
        var maps = _maps.Values.Select(informer => informer.Subscribe(OnMap)).ToList();
        try
        {
            await Task.WhenAll([_namespaces.SyncedAsync(ct), .. _maps.Values.Select(informer => informer.SyncedAsync(ct))]);
            await new ReconcileLoop<NamespacedName>("rootcapublisher", _queue, _reconciler.ReconcileAsync, 1, _context.Logger).RunAsync(ct);
        }
        finally
        {
            maps.ForEach(subscription => subscription.Dispose());
        }
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
        _queue.Add(NamespacedName.Of(change.Object));
    }
}

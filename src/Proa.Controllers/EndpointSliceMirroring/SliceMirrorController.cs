using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.EndpointSlices;
using EndpointsModel = Proa.Api.Models.Core.Endpoints;

namespace Proa.Controllers.EndpointSliceMirroring;

/// <summary>Wires Endpoints that a user keeps by hand to the reconciler that mirrors them into slices.</summary>
internal sealed class SliceMirrorController : IController
{
    public const string Manager = "endpointslicemirroring-controller.k8s.io";

    private readonly ControllerContext _context;
    private readonly IInformer<Service> _services;
    private readonly IInformer<EndpointsModel> _endpoints;
    private readonly IInformer<EndpointSlice> _slices;
    private readonly WorkQueue<NamespacedName> _queue;

    public SliceMirrorController(ControllerContext context)
    {
        _context = context;
        _services = context.Informers.Get<Service>();
        _endpoints = context.Informers.Get<EndpointsModel>();
        _slices = context.Informers.Get<EndpointSlice>();
        EndpointSliceController.AddServiceIndex(_slices);
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var recent = new RecentWrites<EndpointSlice>(_slices);
        using var services = _services.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var endpoints = _endpoints.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var slices = _slices.Subscribe(OnSlice);
        await _services.SyncedAsync(ct);
        await _endpoints.SyncedAsync(ct);
        await _slices.SyncedAsync(ct);
        var reconciler = new SliceMirrorReconciler(_services, _endpoints, _slices, recent, new SliceWriter(_context.Client, recent));
        await new ReconcileLoop<NamespacedName>("endpointslicemirroring", _queue, reconciler.ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private void OnSlice(InformerEvent<EndpointSlice> change)
    {
        var labels = change.Object.Metadata.Labels;
        if (labels.GetValueOrDefault(SlicePlan.ManagedBy) == Manager && labels.TryGetValue(SlicePlan.ServiceName, out var service))
        {
            _queue.Add(new(change.Object.Metadata.Namespace ?? "", service));
        }
    }
}

using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.EndpointSlices;
using EndpointsModel = Proa.Api.Models.Core.Endpoints;

namespace Proa.Controllers.Endpoints;

/// <summary>Wires services, pods and Endpoints to the reconciler: the older form of endpoint slices.</summary>
internal sealed class EndpointsController : IController
{
    private const int Workers = 2;
    private readonly ControllerContext _context;
    private readonly IInformer<Service> _services;
    private readonly IInformer<Pod> _pods;
    private readonly IInformer<EndpointsModel> _endpoints;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly EndpointsReconciler _reconciler;

    public EndpointsController(ControllerContext context)
    {
        _context = context;
        _services = context.Informers.Get<Service>();
        _pods = context.Informers.Get<Pod>();
        _endpoints = context.Informers.Get<EndpointsModel>();
        _queue = new(context.Time);
        _reconciler = new(context, _services, _pods, _endpoints);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var services = _services.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var pods = _pods.Subscribe(change => ServicePods.ForEachAffected(_services, change, service => _queue.Add(NamespacedName.Of(service))));
        using var endpoints = _endpoints.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        await _services.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await _endpoints.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("endpoints", _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
    }
}

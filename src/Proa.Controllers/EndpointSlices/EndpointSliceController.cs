using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.EndpointSlices;

/// <summary>
/// Wires services, pods, nodes and slices to the reconciler. Nothing is batched: a pod that terminates must leave its
/// endpoints at once, since its SIGTERM waits for that.
/// </summary>
internal sealed class EndpointSliceController : IController
{
    public const string Manager = "endpointslice-controller.k8s.io";

    /// <summary>The index of slices by <c>namespace/service</c>.</summary>
    public const string ByService = "service";

    private const int Workers = 5;
    private readonly ControllerContext _context;
    private readonly IInformer<Service> _services;
    private readonly IInformer<Pod> _pods;
    private readonly IInformer<Node> _nodes;
    private readonly IInformer<EndpointSlice> _slices;
    private readonly WorkQueue<NamespacedName> _queue;

    public EndpointSliceController(ControllerContext context)
    {
        _context = context;
        _services = context.Informers.Get<Service>();
        _pods = context.Informers.Get<Pod>();
        _nodes = context.Informers.Get<Node>();
        _slices = context.Informers.Get<EndpointSlice>();
        AddServiceIndex(_slices);
        _queue = new(context.Time);
    }

    public static void AddServiceIndex(IInformer<EndpointSlice> slices) => slices.AddIndex(
        ByService, static slice => slice.Metadata.Labels.TryGetValue(SlicePlan.ServiceName, out var name) ? [$"{slice.Metadata.Namespace}/{name}"] : []);

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var recent = new RecentWrites<EndpointSlice>(_slices);
        using var services = _services.Subscribe(change => _queue.Add(NamespacedName.Of(change.Object)));
        using var pods = _pods.Subscribe(change => ServicePods.ForEachAffected(_services, change, service => _queue.Add(NamespacedName.Of(service))));
        using var nodes = _nodes.Subscribe(OnNode);
        using var slices = _slices.Subscribe(OnSlice);
        await _services.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await _nodes.SyncedAsync(ct);
        await _slices.SyncedAsync(ct);
        var reconciler = new EndpointSliceReconciler(_context, _services, _pods, _nodes, _slices, recent);
        await new ReconcileLoop<NamespacedName>("endpointslice", _queue, reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
    }

    /// <summary>A node's zone is in its pods' endpoints; nothing else of it is.</summary>
    private void OnNode(InformerEvent<Node> change)
    {
        const string zone = "topology.kubernetes.io/zone";
        if (change.Old?.Metadata.Labels.GetValueOrDefault(zone) == change.New?.Metadata.Labels.GetValueOrDefault(zone))
        {
            return;
        }
        foreach (var service in _services.List())
        {
            _queue.Add(NamespacedName.Of(service));
        }
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

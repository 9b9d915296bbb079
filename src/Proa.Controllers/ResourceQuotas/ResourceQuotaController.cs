using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Api.Quota;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ResourceQuotas;

/// <summary>
/// Keeps the quotas' status: what they allow and what is used. Admission charges what is created; this one notices what is
/// gone. It follows only the kinds that some quota counts.
/// </summary>
internal sealed class ResourceQuotaController : IController
{
    private static readonly TimeSpan s_resync = TimeSpan.FromMinutes(5);

    // Pods that go together are counted together.
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(50);

    private readonly ControllerContext _context;
    private readonly IInformer<ResourceQuota> _quotas;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly ResourceQuotaReconciler _reconciler;
    private readonly Lock _gate = new();
    private readonly Dictionary<ResourceInfo, (Task Run, CancellationTokenSource Stop)> _followed = [];

    public ResourceQuotaController(ControllerContext context)
    {
        _context = context;
        _quotas = context.Informers.Get<ResourceQuota>();
        _queue = new(context.Time);
        _reconciler = new(context, _quotas);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        await _context.Resources.SyncedAsync(ct);
        using var quotas = _quotas.Subscribe(change => OnQuota(change, ct));
        void Follow() => FollowCounted(ct);
        _context.Resources.Changed += Follow;
        try
        {
            await _quotas.SyncedAsync(ct);
            await Task.WhenAll(
                new ReconcileLoop<NamespacedName>("resourcequota", _queue, _reconciler.ReconcileAsync, 2, _context.Logger).RunAsync(ct),
                ResyncAsync(ct));
        }
        finally
        {
            _context.Resources.Changed -= Follow;
            Task[] running;
            lock (_gate)
            {
                running = [.. _followed.Values.Select(followed => followed.Run)];
            }
            await Task.WhenAll(running);
        }
    }

    private void OnQuota(InformerEvent<ResourceQuota> change, CancellationToken ct)
    {
        FollowCounted(ct);
        if (change.New is { } quota && (change.Old is null || !Same(change.Old.Spec.Hard, quota.Spec.Hard)))
        {
            _queue.Add(NamespacedName.Of(quota));
        }
    }

    /// <summary>Starts and stops following, as quotas and kinds come and go.</summary>
    private void FollowCounted(CancellationToken ct)
    {
        var counted = _quotas.List().SelectMany(quota => quota.Spec.Hard.Keys).Select(QuotaUsage.CollectionOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var wanted = _context.Resources.All.Where(type => type.Namespaced && counted.Contains(type.GroupResource)).ToHashSet();
        lock (_gate)
        {
            foreach (var type in wanted)
            {
                if (!_followed.ContainsKey(type) && !ct.IsCancellationRequested)
                {
                    var sink = new CountedKind(type.GroupResource, _context.Time, _context.Options.OneOfSeveral, ns => Recount(type.GroupResource, ns));
                    var reflector = new Reflector(_context.Client, ResourcePath.Of(type), null, sink, _context.Time, _context.Logger);
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
                    _followed.Add(type, (Task.Run(() => reflector.RunAsync(stop.Token), CancellationToken.None), stop));
                }
            }
            foreach (var (type, running) in _followed.Where(followed => !wanted.Contains(followed.Key)).ToList())
            {
                running.Stop.Cancel();
                _followed.Remove(type);
            }
        }
    }

    private void Recount(string collection, string? ns)
    {
        foreach (var quota in _quotas.List())
        {
            if ((ns is null || quota.Metadata.Namespace == ns) && quota.Spec.Hard.Keys.Any(name => QuotaUsage.Concerns(collection, name)))
            {
                _queue.AddAfter(NamespacedName.Of(quota), s_gather);
            }
        }
    }

    private async Task ResyncAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(s_resync, _context.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                foreach (var quota in _quotas.List())
                {
                    _queue.Add(NamespacedName.Of(quota));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private static bool Same(IReadOnlyDictionary<string, Quantity> a, IReadOnlyDictionary<string, Quantity> b) =>
        a.Count == b.Count && a.All(item => b.TryGetValue(item.Key, out var other) && other == item.Value);
}

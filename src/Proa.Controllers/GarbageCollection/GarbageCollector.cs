using Proa.Api.Meta;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;
using Proa.Controllers.Resources;

namespace Proa.Controllers.GarbageCollection;

/// <summary>Follows the metadata of all kinds into the owner graph, also of kinds that are defined while it runs.</summary>
internal sealed class GarbageCollector : IController
{
    private const int Workers = 10;
    private static readonly TimeSpan s_longestSync = TimeSpan.FromSeconds(30);
    private readonly ControllerContext _context;
    private readonly WorkQueue<string> _queue;
    private readonly OwnerGraph _graph;
    private readonly GarbageReconciler _reconciler;
    private readonly Lock _gate = new();
    private readonly Dictionary<ResourceInfo, (Task Run, CancellationTokenSource Stop, Monitor Monitor)> _monitors = [];

    public GarbageCollector(ControllerContext context)
    {
        _context = context;
        _queue = new(context.Time);
        _graph = new(context.Resources, _queue.Add);
        _reconciler = new(context, _graph);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        // Following all kinds costs more than any other controller's start, and nothing waits for it.
        await Task.Delay(_context.Options.GarbageCollectionDelay, _context.Time, ct);
        await _context.Resources.SyncedAsync(ct);
        void Follow() => FollowAll(ct);
        _context.Resources.Changed += Follow;
        Follow();
        try
        {
            // With half of the objects unseen, a dependent's owner would be asked for one by one. A kind that cannot be listed
            // (its conversion fails) must not keep the others from being collected.
            var synced = Task.WhenAll(Monitors().Select(monitor => monitor.Synced));
            await Task.WhenAny(synced, Task.Delay(s_longestSync, _context.Time, ct));
            ct.ThrowIfCancellationRequested();
            await new ReconcileLoop<string>("garbagecollector", _queue, _reconciler.ReconcileAsync, Workers, _context.Logger).RunAsync(ct);
        }
        finally
        {
            _context.Resources.Changed -= Follow;
            Task[] running;
            lock (_gate)
            {
                running = [.. _monitors.Values.Select(monitor => monitor.Run)];
            }
            await Task.WhenAll(running);
        }
    }

    private List<Monitor> Monitors()
    {
        lock (_gate)
        {
            return [.. _monitors.Values.Select(monitor => monitor.Monitor)];
        }
    }

    private void FollowAll(CancellationToken ct)
    {
        lock (_gate)
        {
            var wanted = _context.Resources.All.Where(type => type.Kind != "Event").ToHashSet();
            foreach (var type in wanted)
            {
                if (_monitors.ContainsKey(type))
                {
                    continue;
                }
                var monitor = new Monitor(type, _graph);
                var reflector = new Reflector(_context.Client, ResourcePath.Of(type), null, monitor, _context.Time, _context.Logger);
                var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
                _monitors.Add(type, (Task.Run(() => reflector.RunAsync(stop.Token), CancellationToken.None), stop, monitor));
            }
            foreach (var (type, running) in _monitors.ToList())
            {
                if (!wanted.Contains(type))
                {
                    running.Stop.Cancel();
                    _monitors.Remove(type);
                    running.Monitor.Forget();
                }
            }
        }
    }

    /// <summary>One kind's objects, as the graph sees them.</summary>
    private sealed class Monitor(ResourceInfo type, OwnerGraph graph) : IReflectorSink
    {
        private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Synced => _synced.Task;

        /// <summary>The kind is no more, and so are its objects.</summary>
        public void Forget()
        {
            foreach (var uid in graph.Known(type))
            {
                graph.Remove(uid);
            }
            _synced.TrySetResult();
        }

        public void Replace(IReadOnlyList<ReadOnlyMemory<byte>> items)
        {
            var gone = graph.Known(type).ToHashSet(StringComparer.Ordinal);
            foreach (var item in items)
            {
                var metadata = MetadataReader.Read(item.Span);
                gone.Remove(metadata.Uid!);
                graph.Put(type, metadata);
            }
            foreach (var uid in gone)
            {
                graph.Remove(uid);
            }
            _synced.TrySetResult();
        }

        public string? Apply(WatchKind kind, ReadOnlyMemory<byte> json)
        {
            var metadata = MetadataReader.Read(json.Span);
            if (kind == WatchKind.Deleted)
            {
                graph.Remove(metadata.Uid!);
            }
            else
            {
                graph.Put(type, metadata);
            }
            return metadata.ResourceVersion;
        }
    }
}

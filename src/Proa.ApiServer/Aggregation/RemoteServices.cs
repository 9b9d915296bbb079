namespace Proa.ApiServer.Aggregation;

/// <summary>Keeps a <see cref="RemoteService"/> for each APIService of another server. Thread-safe.</summary>
internal sealed class RemoteServices(ApiServiceRegistry registry)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, RemoteService> _running = new(StringComparer.Ordinal);
    private readonly List<Task> _ending = [];
    private volatile AggregatedGroups? _groups;

    /// <summary>A new reference after each change.</summary>
    public AggregatedGroups Groups => _groups is { } groups && ReferenceEquals(groups.Services, registry.Current) ? groups : Publish();

    /// <summary>Of those that have any, the one with the highest priority first.</summary>
    public IReadOnlyList<RemoteSchemas> Schemas
    {
        get
        {
            if (registry.Current.Remote.Count == 0)
            {
                return [];
            }
            lock (_gate)
            {
                return
                [
                    .. _running.Values.Select(static service => service.Schemas).OfType<RemoteSchemas>()
                        .OrderByDescending(static found => found.Service.GroupPriority).ThenByDescending(static found => found.Service.VersionPriority)
                        .ThenBy(static found => found.Service.Name, StringComparer.Ordinal),
                ];
            }
        }
    }

    /// <summary>Follows the registry until cancelled.</summary>
    public async Task RunAsync(RemoteServiceParts parts, CancellationToken ct)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stopping = ct.Register(() => over.TrySetResult());
        parts = parts with { Changed = () => Publish() };
        void Sync() => Follow(parts, ct);
        registry.Changed += Sync;
        Sync();
        await over.Task;
        registry.Changed -= Sync;
        Task[] running;
        lock (_gate)
        {
            running = [.. _running.Values.Select(static service => service.Running), .. _ending];
        }
        await Task.WhenAll(running);
    }

    private void Follow(RemoteServiceParts parts, CancellationToken ct)
    {
        lock (_gate)
        {
            _ending.RemoveAll(static task => task.IsCompleted);
            if (ct.IsCancellationRequested)
            {
                return;
            }
            var wanted = registry.Current.Remote;
            foreach (var (name, running) in _running.ToList())
            {
                if (!wanted.Any(service => service.Name == name && service.Server == running.Server))
                {
                    _running.Remove(name);
                    _ending.Add(EndAsync(running));
                }
            }
            foreach (var service in wanted)
            {
                if (_running.TryGetValue(service.Name, out var running))
                {
                    running.Update(service);
                }
                else
                {
                    _running.Add(service.Name, new(service, parts, ct));
                }
            }
        }
        Publish();
    }

    private static async Task EndAsync(RemoteService service)
    {
        service.Stop();
        await service.Running;
        service.Dispose();
    }

    private AggregatedGroups Publish()
    {
        lock (_gate)
        {
            var found = new Dictionary<string, DiscoveredVersion>(StringComparer.Ordinal);
            foreach (var (name, service) in _running)
            {
                if (service.Discovered is { } discovered)
                {
                    found[name] = discovered;
                }
            }
            return _groups = new(registry.Current, found);
        }
    }
}

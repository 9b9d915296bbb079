using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>The APIServices of the store, read. It follows the store while <see cref="RunAsync"/> runs; reads take no lock.</summary>
internal sealed class ApiServiceRegistry(IObjectStore store)
{
    private readonly Lock _gate = new();
    private volatile ApiServiceTable? _table;

    /// <summary>Told after <see cref="Current"/> has changed; handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>Read when it is first asked for: a start need not wait for it.</summary>
    public ApiServiceTable Current => _table ?? Load();

    /// <summary>Follows the store until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => StoreFollower.RunAsync(store, ApiService.Collection, null, _ => Load(), ct);

    /// <summary>Takes over at once what the store holds.</summary>
    public void CatchUp()
    {
        if (_table is not null)
        {
            Load();
        }
    }

    private ApiServiceTable Load()
    {
        lock (_gate)
        {
            var known = _table?.All.ToDictionary(static service => service.Name, StringComparer.Ordinal) ?? [];
            var services = new List<ApiService>();
            foreach (var stored in store.List(ApiService.Collection, null)!.Items)
            {
                services.Add(known.GetValueOrDefault(stored.Key.Name) is { } same && ReferenceEquals(same.Stored, stored) ? same : ApiService.Read(stored));
            }
            _table = new(services);
        }
        Changed?.Invoke();
        return _table;
    }
}

namespace Proa.ApiServer.Aggregation;

/// <summary>All APIServices at one time. Immutable.</summary>
internal sealed class ApiServiceTable
{
    public static readonly ApiServiceTable Empty = new([]);

    private readonly Dictionary<(string Group, string Version), ApiService> _byVersion;
    private readonly Dictionary<(string Group, string Version), ApiService>? _remote;

    public ApiServiceTable(IReadOnlyList<ApiService> services)
    {
        All = services;
        _byVersion = services.ToDictionary(static service => (service.Group, service.Version));
        Remote = [.. services.Where(static service => service is { Server: not null, Group.Length: > 0 })];
        // Most clusters have none: then a request costs one look at a null.
        _remote = Remote.Count == 0 ? null : Remote.ToDictionary(static service => (service.Group, service.Version));
    }

    public IReadOnlyList<ApiService> All { get; }

    /// <summary>Those that other servers serve. The core group is always served here: without it there is no cluster.</summary>
    public IReadOnlyList<ApiService> Remote { get; }

    public ApiService? Find(string group, string version) => _byVersion.GetValueOrDefault((group, version));

    /// <returns>Null: the version is served here, or nowhere.</returns>
    public ApiService? FindRemote(string group, string version) => _remote?.GetValueOrDefault((group, version));
}

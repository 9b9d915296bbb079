using System.Collections.Concurrent;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Discovery;

/// <summary>The documents for one set of types, and of what other servers serve. Thread-safe.</summary>
internal sealed class DiscoverySnapshot
{
    private readonly IReadOnlyList<ApiGroup> _groups;
    private readonly string _serverAddress;
    private readonly ConcurrentDictionary<string, byte[]> _documents = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Path, string Version), TaggedDocument> _aggregated = new();

    public DiscoverySnapshot(IReadOnlyList<ServedType> types, AggregatedGroups aggregated, string serverAddress)
    {
        (Types, Aggregated) = (types, aggregated);
        _groups = ApiGroup.From(types, aggregated);
        _serverAddress = serverAddress;
    }

    public IReadOnlyList<ServedType> Types { get; }

    public AggregatedGroups Aggregated { get; }

    /// <param name="path">Without a slash at its end; empty for the root.</param>
    /// <returns>Null when nothing is there.</returns>
    public byte[]? Find(string path)
    {
        if (_documents.TryGetValue(path, out var known))
        {
            return known;
        }
        return Make(path) is { } made ? _documents.GetOrAdd(path, made) : null;
    }

    /// <summary>Whether a path without a document lies below something that is served here: then it is a resource that is missing, and no path.</summary>
    public bool Has(ReadOnlySpan<char> path)
    {
        const string Named = "/apis/";
        if (path.StartsWith("/api/"))
        {
            return true;
        }
        var rest = path.StartsWith(Named) ? path[Named.Length..] : [];
        var end = rest.IndexOf('/');
        if (end <= 0)
        {
            return false;
        }
        var name = rest[..end].ToString();
        return Types.Any(type => type.Custom is null && type.Group == name);
    }

    public TaggedDocument InOne(string path, string version) => _aggregated.GetOrAdd((path, version), static (key, groups) =>
    {
        var wanted = groups.Where(group => group.Name.Length == 0 == (key.Path == "/api"));
        return TaggedDocument.Of(AggregatedDocument.Make([.. wanted], key.Version));
    }, _groups);

    private byte[]? Make(string path)
    {
        switch (path.Split('/'))
        {
            case [""]:
                return DiscoveryDocuments.Paths(_groups);
            case ["", "api"]:
                return DiscoveryDocuments.Versions(_serverAddress);
            case ["", "apis"]:
                return DiscoveryDocuments.Groups(_groups);
            case ["", "api", var version]:
                return Resources("", version);
            case ["", "apis", var name]:
                return Named(name) is { } group ? DiscoveryDocuments.Group(group) : null;
            case ["", "apis", { Length: > 0 } name, var version]:
                return Resources(name, version);
            default:
                return null;
        }
    }

    private byte[]? Resources(string name, string version) =>
        _groups.FirstOrDefault(group => group.Name == name)?.Versions.FirstOrDefault(v => v.Name == version) is { Types.Count: > 0 } found
            ? DiscoveryDocuments.Resources(found)
            : null;

    private ApiGroup? Named(string name) => name.Length == 0 ? null : _groups.FirstOrDefault(group => group.Name == name);
}

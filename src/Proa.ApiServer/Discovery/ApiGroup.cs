using Proa.Api.Json;
using Proa.ApiServer.Aggregation;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Discovery;

/// <summary>A group with its versions, the preferred first.</summary>
internal sealed record ApiGroup(string Name, IReadOnlyList<ApiVersion> Versions)
{
    /// <summary>The highest of its versions: groups are listed by it.</summary>
    public int Priority => Versions.Max(static version => version.GroupPriority);

    /// <summary>The name of the APIService that puts the group where it is among those of the same priority.</summary>
    public string ServiceName => Versions.Where(version => version.GroupPriority == Priority).Select(version => $"{version.Name}.{Name}").Min(StringComparer.Ordinal)!;

    /// <summary>By priority, and by name where it is the same.</summary>
    public static IReadOnlyList<ApiGroup> From(IReadOnlyList<ServedType> types, AggregatedGroups aggregated)
    {
        var versions = new Dictionary<(string Group, string Version), ApiVersion>();
        foreach (var made in types.GroupBy(static type => (type.Group, type.Version)))
        {
            if (aggregated.Services.FindRemote(made.Key.Group, made.Key.Version) is null)
            {
                versions[made.Key] = Version(made.Key, [.. made.OrderBy(static type => type.Plural, StringComparer.Ordinal)], aggregated);
            }
        }
        foreach (var service in aggregated.Services.All)
        {
            if (!versions.ContainsKey((service.Group, service.Version)))
            {
                versions[(service.Group, service.Version)] = Version((service.Group, service.Version), [], aggregated) with { Remote = aggregated.EntryOf(service) };
            }
        }
        return
        [
            .. versions.GroupBy(static version => version.Key.Group)
                .Select(static group => new ApiGroup(group.Key,
                [
                    .. group.Select(static version => version.Value)
                        .OrderByDescending(static version => version.Priority)
                        .ThenByDescending(static version => VersionRank.Of(version.Name))
                        .ThenBy(static version => version.Name, StringComparer.Ordinal),
                ]))
                .OrderByDescending(static group => group.Priority)
                .ThenBy(static group => group.Name, StringComparer.Ordinal),
        ];
    }

    private static ApiVersion Version((string Group, string Version) key, ServedType[] types, AggregatedGroups aggregated)
    {
        var (group, version) = key;
        var (groupPriority, priority) = aggregated.Services.Find(group, version) is { } service
            ? (service.GroupPriority, service.VersionPriority)
            : BuiltInPriorities.Of(group, version) ?? BuiltInPriorities.Custom;
        return new(version, group.Length == 0 ? version : $"{group}/{version}", types) { GroupPriority = groupPriority, Priority = priority };
    }
}

/// <param name="Types">What this server serves of it; empty: another does.</param>
internal sealed record ApiVersion(string Name, string GroupVersion, IReadOnlyList<ServedType> Types)
{
    public int GroupPriority { get; init; }

    public int Priority { get; init; }

    /// <summary>What another server tells of it, in the aggregated document's form.</summary>
    public JsonObject? Remote { get; init; }

    /// <summary>What is in it is known, or that it cannot be known now.</summary>
    public bool IsKnown => Types.Count > 0 || Remote is not null;
}

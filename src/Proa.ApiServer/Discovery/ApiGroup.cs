using Proa.ApiServer.Types;

namespace Proa.ApiServer.Discovery;

/// <summary>A group with its versions, the preferred first.</summary>
internal sealed record ApiGroup(string Name, IReadOnlyList<ApiVersion> Versions)
{
    // By priority, as the original's API services have it; groups of custom types follow, by name.
    private static readonly string[] s_order =
    [
        "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch",
        "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io",
        "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io",
        "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
    ];

    public static IReadOnlyList<ApiGroup> From(IReadOnlyList<ServedType> types) =>
    [
        .. types.GroupBy(type => type.Group)
            .OrderBy(group => Array.IndexOf(s_order, group.Key) is var at and >= 0 ? at : int.MaxValue)
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new ApiGroup(group.Key, Split(group))),
    ];

    private static ApiVersion[] Split(IEnumerable<ServedType> types) =>
    [
        .. types.GroupBy(type => type.Version)
            .OrderByDescending(version => VersionRank.Of(version.Key))
            .ThenBy(version => version.Key, StringComparer.Ordinal)
            .Select(version => new ApiVersion(version.Key, [.. version.OrderBy(type => type.Plural, StringComparer.Ordinal)])),
    ];
}

internal sealed record ApiVersion(string Name, IReadOnlyList<ServedType> Types)
{
    public string GroupVersion => Types[0].Info.ApiVersion;
}

using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>What the checks of a pod's parts need to know of the whole. For one check.</summary>
/// <param name="Volumes">The sound ones, by name.</param>
internal sealed record PodFacts(JsonObject Spec, Dictionary<string, JsonObject> Volumes)
{
    public string RestartPolicy { get; } = Spec.Text("restartPolicy");

    public long? GracePeriod { get; } = Spec.Int("terminationGracePeriodSeconds");

    /// <summary>Null where the pod does not say.</summary>
    public string? OsName { get; } = Spec.Object("os")?.Text("name");

    /// <summary>The pod uses the host's user namespace, as it does unless it says otherwise.</summary>
    public bool OnHostUsers { get; } = Spec.Bool("hostUsers") != false;

    public IReadOnlyList<string> ClaimNames { get; } =
        [.. Spec.Objects("resourceClaims").Select(static claim => claim.Text("name")).Where(static name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)];
}

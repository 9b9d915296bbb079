using Proa.Api.Json;
using Proa.ApiServer.Admission.Quota;

namespace Proa.ApiServer.Admission;

/// <summary>Which admission plugins run, and how they are configured. Immutable.</summary>
public sealed record AdmissionSettings
{
    public static readonly AdmissionSettings Default = new();

    /// <summary>Run although they are off by default.</summary>
    public IReadOnlyList<string> Enabled { get; init; } = [];

    /// <summary>Do not run, unless they are enabled too.</summary>
    public IReadOnlyList<string> Disabled { get; init; } = [];

    public PodSecuritySettings PodSecurity { get; init; } = PodSecuritySettings.Default;

    /// <summary>Node selectors by namespace, and under <c>clusterDefaultNodeSelector</c> that of all others: for PodNodeSelector.</summary>
    public IReadOnlyDictionary<string, string> NodeSelectors { get; init; } = new Dictionary<string, string>();

    /// <summary>Of namespaces that name none, for PodTolerationRestriction.</summary>
    public IReadOnlyList<JsonObject> DefaultTolerations { get; init; } = [];

    /// <summary>What may be tolerated in namespaces that do not say; empty: anything.</summary>
    public IReadOnlyList<JsonObject> AllowedTolerations { get; init; } = [];

    public IReadOnlyList<EventRate> EventRates { get; init; } = [];

    /// <summary>Of ResourceQuota: what may be consumed only where a quota limits it.</summary>
    public IReadOnlyList<LimitedResource> LimitedResources { get; init; } = [];

    public int NotReadyTolerationSeconds { get; init; } = 300;

    public int UnreachableTolerationSeconds { get; init; } = 300;

    public bool Runs(string plugin) =>
        Enabled.Contains(plugin) || (AdmissionPlugins.OnByDefault.Contains(plugin) && !Disabled.Contains(plugin));
}

/// <param name="Type"><c>Server</c>, <c>Namespace</c>, <c>User</c> or <c>SourceAndObject</c>: what has a bucket of its own.</param>
/// <param name="PerSecond">Events.</param>
/// <param name="Burst">Events at once.</param>
/// <param name="Buckets">How many are kept, those used last.</param>
public sealed record EventRate(string Type, int PerSecond, int Burst, int Buckets);

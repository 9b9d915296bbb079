using Proa.Api.Models.Core;

namespace Proa.Scheduler.Core;

/// <summary>What scheduling needs of a pod, computed once. Immutable.</summary>
internal sealed class PodInfo
{
    private PodInfo(Pod pod)
    {
        Pod = pod;
        var spec = pod.Spec;
        Namespace = pod.Metadata.Namespace ?? "";
        Requests = PodRequests.Of(spec);
        AssumedRequests = PodRequests.Assumed(spec);
        HostPorts = [.. HostPortsOf(spec)];
        RequiredNodes = NodeMatcher.Of(spec);
        PreferredNodes = [.. (spec.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [])
            .Select(term => (NodeTerm.Of(term.Preference), term.Weight))];
        var affinity = spec.Affinity?.PodAffinity;
        RequiredAffinity = Terms(affinity?.RequiredDuringSchedulingIgnoredDuringExecution);
        PreferredAffinity = Terms(affinity?.PreferredDuringSchedulingIgnoredDuringExecution);
        var anti = spec.Affinity?.PodAntiAffinity;
        RequiredAntiAffinity = Terms(anti?.RequiredDuringSchedulingIgnoredDuringExecution);
        PreferredAntiAffinity = Terms(anti?.PreferredDuringSchedulingIgnoredDuringExecution);
        OwnerUid = pod.Metadata.OwnerReferences.FirstOrDefault(owner => owner.Controller == true)?.Uid;
        HardSpread = Spread("DoNotSchedule");
        SoftSpread = spec.TopologySpreadConstraints.Count == 0 && OwnerUid is not null
            ? SpreadConstraint.Defaults(OwnerUid)
            : Spread("ScheduleAnyway");
        Claims = [.. spec.Volumes.Select(ClaimOf).OfType<PodClaim>()];
    }

    public Pod Pod { get; }

    public string Uid => Pod.Metadata.Uid ?? "";

    public string Namespace { get; }

    public string Name => Pod.Metadata.Name ?? "";

    public IReadOnlyDictionary<string, string> Labels => Pod.Metadata.Labels;

    public IReadOnlyList<Toleration> Tolerations => Pod.Spec.Tolerations;

    public int Priority => Pod.Spec.Priority ?? 0;

    public bool IsTerminating => Pod.Metadata.DeletionTimestamp is not null;

    public string? OwnerUid { get; }

    public ResourceAmounts Requests { get; }

    /// <summary>For scores: with an assumption for what is not said.</summary>
    public ResourceAmounts AssumedRequests { get; }

    public HostPort[] HostPorts { get; }

    /// <summary>Null: any node.</summary>
    public NodeMatcher? RequiredNodes { get; }

    public (NodeTerm Term, int Weight)[] PreferredNodes { get; }

    public AffinityTerm[] RequiredAffinity { get; }

    public AffinityTerm[] PreferredAffinity { get; }

    public AffinityTerm[] RequiredAntiAffinity { get; }

    public AffinityTerm[] PreferredAntiAffinity { get; }

    public bool HasAffinity =>
        RequiredAffinity.Length + PreferredAffinity.Length + RequiredAntiAffinity.Length + PreferredAntiAffinity.Length > 0;

    public SpreadConstraint[] HardSpread { get; }

    public SpreadConstraint[] SoftSpread { get; }

    /// <summary>Whether <see cref="SoftSpread"/> is the pod's own wish, and not the default.</summary>
    public bool AsksForSpread => Pod.Spec.TopologySpreadConstraints.Count > 0;

    public PodClaim[] Claims { get; }

    /// <exception cref="FormatException">A selector that validation would have refused.</exception>
    public static PodInfo Of(Pod pod) => new(pod);

    private static IEnumerable<HostPort> HostPortsOf(PodSpec spec)
    {
        // Init containers that end give their ports back before the others start; sidecars keep them.
        foreach (var container in spec.InitContainers.Where(init => init.RestartPolicy == "Always").Concat(spec.Containers))
        {
            foreach (var port in container.Ports)
            {
                if (port.HostPort is > 0 and var number)
                {
                    yield return new HostPort(port.HostIP is null or "0.0.0.0" or "::" ? "" : port.HostIP, port.Protocol ?? "TCP", number);
                }
            }
        }
    }

    private PodClaim? ClaimOf(Volume volume) => volume switch
    {
        { PersistentVolumeClaim: { } claim } => new PodClaim(claim.ClaimName, Ephemeral: false),
        { Ephemeral: not null } => new PodClaim($"{Name}-{volume.Name}", Ephemeral: true),
        _ => null,
    };

    private AffinityTerm[] Terms(IReadOnlyList<PodAffinityTerm>? terms) =>
        terms is null ? [] : [.. terms.Select(term => AffinityTerm.Of(term, 0, Namespace, Labels))];

    private AffinityTerm[] Terms(IReadOnlyList<WeightedPodAffinityTerm>? terms) =>
        terms is null ? [] : [.. terms.Select(term => AffinityTerm.Of(term.PodAffinityTerm, term.Weight, Namespace, Labels))];

    private SpreadConstraint[] Spread(string whenUnsatisfiable) =>
        [.. Pod.Spec.TopologySpreadConstraints
            .Where(constraint => constraint.WhenUnsatisfiable == whenUnsatisfiable)
            .Select(constraint => SpreadConstraint.Of(constraint, Labels))];
}

/// <param name="Ephemeral">Made for the pod by a controller, from a template.</param>
internal sealed record PodClaim(string Name, bool Ephemeral);

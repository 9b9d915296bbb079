using Proa.Api.Models.Core;
using Proa.Api.Selectors;

namespace Proa.Scheduler.Core;

/// <summary>A topology spread constraint, made ready to count with.</summary>
/// <param name="Selector">The pods that count; null: those of the same owner.</param>
internal sealed record SpreadConstraint(
    string TopologyKey, int MaxSkew, int MinDomains, LabelSelector? Selector, string? OwnerUid, bool HonorAffinity, bool HonorTaints)
{
    public const string Hostname = "kubernetes.io/hostname";

    private const string Zone = "topology.kubernetes.io/zone";

    public static SpreadConstraint Of(TopologySpreadConstraint constraint, IReadOnlyDictionary<string, string> labels) => new(
        constraint.TopologyKey,
        constraint.MaxSkew,
        constraint.MinDomains ?? 1,
        Selectors.WithLabelKeys(LabelSelector.Of(constraint.LabelSelector), labels, constraint.MatchLabelKeys, []),
        null,
        HonorAffinity: constraint.NodeAffinityPolicy is null or "Honor",
        HonorTaints: constraint.NodeTaintsPolicy == "Honor");

    /// <summary>What pods without constraints of their own get: the pods of one owner spread over nodes and zones, softly.</summary>
    public static SpreadConstraint[] Defaults(string ownerUid) =>
        [new(Hostname, 3, 1, null, ownerUid, true, false), new(Zone, 5, 1, null, ownerUid, true, false)];

    public bool Counts(PodInfo pod) => Selector is null ? pod.OwnerUid == OwnerUid : Selector.Matches(pod.Labels);

    /// <summary>How many pods on the node count; those that are ending do not.</summary>
    public int CountOn(NodeInfo node, string ns)
    {
        if (Selector is { IsNothing: true } or { IsEverything: true })
        {
            return 0;
        }
        var count = 0;
        foreach (var pod in node.Pods)
        {
            if (!pod.IsTerminating && pod.Namespace == ns && Counts(pod))
            {
                count++;
            }
        }
        return count;
    }

    /// <summary>Whether the node takes part at all.</summary>
    public bool Includes(PodInfo pod, NodeInfo node) =>
        (!HonorAffinity || pod.RequiredNodes is null || pod.RequiredNodes.Matches(node))
        && (!HonorTaints || !Taints.KeepAway(node.Taints, pod.Tolerations));

    public static bool HasAllKeys(SpreadConstraint[] constraints, NodeInfo node)
    {
        foreach (var constraint in constraints)
        {
            if (!node.Labels.ContainsKey(constraint.TopologyKey))
            {
                return false;
            }
        }
        return true;
    }
}

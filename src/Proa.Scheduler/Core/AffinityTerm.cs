using Proa.Api.Models.Core;
using Proa.Api.Selectors;

namespace Proa.Scheduler.Core;

/// <summary>A term of pod affinity or anti-affinity, made ready to match.</summary>
/// <param name="Weight">0 for a required term.</param>
internal sealed record AffinityTerm(
    LabelSelector Selector, IReadOnlyList<string> Namespaces, LabelSelector NamespaceSelector, string TopologyKey, int Weight)
{
    public static AffinityTerm Of(PodAffinityTerm term, int weight, string ns, IReadOnlyDictionary<string, string> labels) => new(
        Selectors.WithLabelKeys(LabelSelector.Of(term.LabelSelector), labels, term.MatchLabelKeys, term.MismatchLabelKeys),
        // Neither list nor selector: the pod's own namespace.
        term.Namespaces.Count == 0 && term.NamespaceSelector is null ? [ns] : term.Namespaces,
        LabelSelector.Of(term.NamespaceSelector),
        term.TopologyKey,
        weight);

    public bool Matches(PodInfo pod, ClusterSnapshot cluster)
    {
        if (!Selector.Matches(pod.Labels))
        {
            return false;
        }
        foreach (var ns in Namespaces)
        {
            if (ns == pod.Namespace)
            {
                return true;
            }
        }
        return !NamespaceSelector.IsNothing && NamespaceSelector.Matches(cluster.NamespaceLabels(pod.Namespace));
    }
}

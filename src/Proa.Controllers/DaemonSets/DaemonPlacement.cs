using System.Globalization;
using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;
using Proa.Controllers.Nodes;

namespace Proa.Controllers.DaemonSets;

/// <summary>On which nodes a daemon runs, and its pod for one of them. Pure.</summary>
internal static class DaemonPlacement
{
    private const string NodeNameField = "metadata.name";

    private static readonly Toleration[] s_tolerations =
    [
        Tolerate("node.kubernetes.io/not-ready", "NoExecute"),
        Tolerate("node.kubernetes.io/unreachable", "NoExecute"),
        Tolerate("node.kubernetes.io/disk-pressure", "NoSchedule"),
        Tolerate("node.kubernetes.io/memory-pressure", "NoSchedule"),
        Tolerate("node.kubernetes.io/pid-pressure", "NoSchedule"),
        Tolerate("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];

    /// <summary>Whether a pod should be made on the node, and whether one that runs there may stay.</summary>
    public static (bool Run, bool Stay) On(DaemonSet set, Node node)
    {
        var spec = set.Spec.Template.Spec;
        if ((!string.IsNullOrEmpty(spec.NodeName) && spec.NodeName != node.Metadata.Name)
            || !Selectors.MatchesAll(spec.NodeSelector, node.Metadata.Labels)
            || (spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is { } required && !required.NodeSelectorTerms.Any(term => Matches(term, node))))
        {
            return (false, false);
        }
        var tolerations = Tolerations(spec);
        bool Tolerated(Taint taint) => tolerations.Any(toleration => Eviction.Tolerates(toleration, taint));
        var repelled = node.Spec.Taints.Any(taint => taint.Effect is "NoSchedule" or "NoExecute" && !Tolerated(taint));
        var driven = node.Spec.Taints.Any(taint => taint.Effect == "NoExecute" && !Tolerated(taint));
        return (!repelled, !driven);
    }

    /// <summary>The pod for a node; the scheduler binds it there.</summary>
    public static Pod Make(DaemonSet set, string node, string hash)
    {
        var pod = PodControl.FromTemplate(set, set.Spec.Template);
        var labels = new Dictionary<string, string>(pod.Metadata.Labels)
        {
            ["controller-revision-hash"] = hash,
            ["pod-template-generation"] = TemplateGeneration(set),
        };
        return pod with
        {
            Metadata = pod.Metadata with { Labels = labels },
            Spec = pod.Spec with { Affinity = Pin(pod.Spec.Affinity, node), Tolerations = Tolerations(pod.Spec) },
        };
    }

    public static string TemplateGeneration(DaemonSet set) =>
        set.Metadata.Annotations.GetValueOrDefault("deprecated.daemonset.template.generation") ?? "1";

    /// <summary>The node on which a pod is, or is meant to be.</summary>
    public static string? NodeOf(Pod pod)
    {
        if (!string.IsNullOrEmpty(pod.Spec.NodeName))
        {
            return pod.Spec.NodeName;
        }
        foreach (var term in pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms ?? [])
        {
            foreach (var field in term.MatchFields)
            {
                if (field is { Key: NodeNameField, Operator: "In", Values: [var name] })
                {
                    return name;
                }
            }
        }
        return null;
    }

    private static Affinity Pin(Affinity? affinity, string node)
    {
        var field = new NodeSelectorRequirement { Key = NodeNameField, Operator = "In", Values = [node] };
        var selector = new NodeSelector { NodeSelectorTerms = [new() { MatchFields = [field] }] };
        var current = affinity ?? new();
        return current with { NodeAffinity = (current.NodeAffinity ?? new()) with { RequiredDuringSchedulingIgnoredDuringExecution = selector } };
    }

    private static IReadOnlyList<Toleration> Tolerations(PodSpec spec)
    {
        IEnumerable<Toleration> added = spec.HostNetwork == true
            ? [.. s_tolerations, Tolerate("node.kubernetes.io/network-unavailable", "NoSchedule")]
            : s_tolerations;
        return [.. spec.Tolerations, .. added.Where(toleration => !spec.Tolerations.Any(own => own.Key == toleration.Key && own.Effect == toleration.Effect && own.Operator == toleration.Operator))];
    }

    private static Toleration Tolerate(string key, string effect) => new() { Key = key, Operator = "Exists", Effect = effect };

    private static bool Matches(NodeSelectorTerm term, Node node) =>
        (term.MatchExpressions.Count > 0 || term.MatchFields.Count > 0)
        && term.MatchExpressions.All(requirement => Matches(requirement, node.Metadata.Labels.TryGetValue(requirement.Key, out var value) ? value : null))
        && term.MatchFields.All(requirement => requirement.Key == NodeNameField && Matches(requirement, node.Metadata.Name));

    private static bool Matches(NodeSelectorRequirement requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && requirement.Values.Contains(value),
        "NotIn" => value is null || !requirement.Values.Contains(value),
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Compare(requirement, value) > 0,
        "Lt" => Compare(requirement, value) < 0,
        _ => false,
    };

    private static int Compare(NodeSelectorRequirement requirement, string? value) =>
        requirement.Values is [var bound]
        && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var a)
        && long.TryParse(bound, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : 0;
}

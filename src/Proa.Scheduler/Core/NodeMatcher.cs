using Proa.Api.Models.Core;
using Proa.Api.Selectors;

namespace Proa.Scheduler.Core;

/// <summary>
/// Which nodes a pod may run on: all labels of its nodeSelector, and one of the terms of its required node affinity.
/// </summary>
internal sealed class NodeMatcher
{
    private readonly LabelSelector _labels;
    private readonly NodeTerm[]? _terms;

    private NodeMatcher(LabelSelector labels, NodeTerm[]? terms)
    {
        _labels = labels;
        _terms = terms;
    }

    /// <returns>Null when every node will do.</returns>
    public static NodeMatcher? Of(PodSpec spec)
    {
        var required = spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution;
        if (spec.NodeSelector.Count == 0 && required is null)
        {
            return null;
        }
        var labels = spec.NodeSelector.Count == 0 ? LabelSelector.Everything : LabelSelector.OfLabels(spec.NodeSelector);
        return new NodeMatcher(labels, required is null ? null : Terms(required));
    }

    public static NodeMatcher Of(NodeSelector selector) => new(LabelSelector.Everything, Terms(selector));

    public bool Matches(NodeInfo node)
    {
        if (!_labels.Matches(node.Labels))
        {
            return false;
        }
        if (_terms is null)
        {
            return true;
        }
        foreach (var term in _terms)
        {
            if (term.Matches(node))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>The names of the only nodes that can match, when each term names some; otherwise null.</summary>
    public HashSet<string>? Names()
    {
        if (_terms is null or [])
        {
            return null;
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var term in _terms)
        {
            if (term.Names() is not { } ofTerm)
            {
                return null;
            }
            names.UnionWith(ofTerm);
        }
        return names;
    }

    private static NodeTerm[] Terms(NodeSelector selector) => [.. selector.NodeSelectorTerms.Select(NodeTerm.Of)];
}

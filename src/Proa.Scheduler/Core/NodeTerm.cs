using Proa.Api.Models.Core;
using Proa.Api.Selectors;

namespace Proa.Scheduler.Core;

/// <summary>One term of node affinity: all its conditions on labels and on the node's name. An empty one matches nothing.</summary>
internal sealed class NodeTerm
{
    private readonly LabelRequirement[] _labels;
    private readonly LabelRequirement[] _fields;

    private NodeTerm(LabelRequirement[] labels, LabelRequirement[] fields)
    {
        _labels = labels;
        _fields = fields;
    }

    public static NodeTerm Of(NodeSelectorTerm term) =>
        new([.. term.MatchExpressions.Select(Requirement)], [.. term.MatchFields.Select(Requirement)]);

    public bool Matches(NodeInfo node)
    {
        foreach (var requirement in _labels)
        {
            if (!requirement.Matches(node.Labels.TryGetValue(requirement.Key, out var value) ? value : null))
            {
                return false;
            }
        }
        foreach (var requirement in _fields)
        {
            if (!requirement.Matches(requirement.Key == "metadata.name" ? node.Name : null))
            {
                return false;
            }
        }
        return _labels.Length + _fields.Length > 0;
    }

    /// <summary>The node names that the term allows; null when it names none.</summary>
    public HashSet<string>? Names()
    {
        HashSet<string>? names = null;
        foreach (var requirement in _fields)
        {
            if (requirement is { Key: "metadata.name", Operator: LabelOperator.In })
            {
                if (names is null)
                {
                    names = new(requirement.Values, StringComparer.Ordinal);
                }
                else
                {
                    names.IntersectWith(requirement.Values);
                }
            }
        }
        return names;
    }

    private static LabelRequirement Requirement(NodeSelectorRequirement requirement) => new(
        requirement.Key,
        requirement.Operator switch
        {
            "In" => LabelOperator.In,
            "NotIn" => LabelOperator.NotIn,
            "Exists" => LabelOperator.Exists,
            "DoesNotExist" => LabelOperator.DoesNotExist,
            "Gt" => LabelOperator.GreaterThan,
            "Lt" => LabelOperator.LessThan,
            _ => throw new FormatException($"\"{requirement.Operator}\" is not a valid node selector operator"),
        },
        [.. requirement.Values]);
}

using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Labels of nodes that other labels took the place of.</summary>
internal static class NodeLabelWarnings
{
    public static string? Of(string label) => label switch
    {
        "beta.kubernetes.io/arch" => "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os" => "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region" => "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
        "failure-domain.beta.kubernetes.io/zone" => "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
        "beta.kubernetes.io/instance-type" => "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
        "app.kubernetes.io/created-by" => "deprecated since v1.9",
        "scheduler.alpha.kubernetes.io/preferAvoidPods" => "deprecated since v1.22; use Taints and Tolerations instead",
        "node-role.kubernetes.io/master" => "use \"node-role.kubernetes.io/control-plane\" instead",
        _ => null,
    };

    /// <summary>Of the expressions of a node selector's term, or of a label selector.</summary>
    /// <param name="checkValues">Values that no label can have are told too.</param>
    public static void Expressions(JsonObject term, bool checkValues, string at, List<string> warnings)
    {
        var i = 0;
        foreach (var expression in term.Objects("matchExpressions"))
        {
            var here = $"{at}.matchExpressions[{i++}]";
            if (Of(expression.Text("key")) is { } deprecated)
            {
                warnings.Add($"{here}.key: {expression.Text("key")} is {deprecated}");
            }
            if (!checkValues)
            {
                continue;
            }
            var j = 0;
            foreach (var item in expression.Array("values") ?? [])
            {
                var value = (item as JsonString)?.Value ?? "";
                foreach (var wrong in Names.LabelValue(value))
                {
                    warnings.Add($"{here}.values[{j}]: {value} is invalid, {wrong}");
                }
                j++;
            }
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;

namespace Proa.Api.Kinds.Pods;

/// <summary>What topology spread constraints must be like.</summary>
internal static class TopologySpreadRules
{
    public static void Check(JsonObject spec, string path, FieldErrors errors)
    {
        var constraints = spec.Objects("topologySpreadConstraints").ToList();
        for (var i = 0; i < constraints.Count; i++)
        {
            var constraint = constraints[i];
            var at = $"{path}.topologySpreadConstraints[{i}]";
            errors.Positive($"{at}.maxSkew", constraint["maxSkew"] ?? 0);
            var (key, action) = (constraint.Text("topologyKey"), constraint.Text("whenUnsatisfiable"));
            if (key.Length == 0)
            {
                errors.Required($"{at}.topologyKey", "can not be empty");
            }
            if (action is not ("DoNotSchedule" or "ScheduleAnyway"))
            {
                errors.NotSupported($"{at}.whenUnsatisfiable", action, "DoNotSchedule", "ScheduleAnyway");
            }
            if (constraints.Skip(i + 1).Any(other => other.Text("topologyKey") == key && other.Text("whenUnsatisfiable") == action))
            {
                errors.Duplicate($"{at}.{{topologyKey, whenUnsatisfiable}}", $"{{{key}, {action}}}");
            }
            if (constraint.Int("minDomains") is { } domains)
            {
                errors.Positive($"{at}.minDomains", domains);
                if (action != "DoNotSchedule")
                {
                    errors.Invalid($"{at}.minDomains", domains, $"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
                }
            }
            foreach (var name in (ReadOnlySpan<string>)["nodeAffinityPolicy", "nodeTaintsPolicy"])
            {
                if (constraint.String(name) is { } policy and not ("Honor" or "Ignore"))
                {
                    errors.NotSupported($"{at}.{name}", policy, "Honor", "Ignore");
                }
            }
            MatchLabelKeyRules.Check(constraint, at, errors);
            LabelSelectorRules.Check(constraint.Object("labelSelector"), $"{at}.labelSelector", errors);
        }
    }
}

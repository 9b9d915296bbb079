using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Policy;

internal sealed class PodDisruptionBudgetStrategy()
    : KindStrategy(new("policy", "v1", "PodDisruptionBudget"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    public override bool AllowsUnconditionalUpdate => false;

    /// <summary>The original asks no more of the name than that it fits into a path.</summary>
    protected override string[] NameForm(string name) => Names.PathSegment(name);

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) =>
        WorkloadStatusRules.Counts(obj, errors, "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        var (min, max) = (spec["minAvailable"], spec["maxUnavailable"]);
        if (min is not null && max is not null)
        {
            // The value is printed as the original's internal type has it.
            var value = new JsonObject
            {
                ["MinAvailable"] = min,
                ["Selector"] = spec["selector"] ?? JsonNull.Instance,
                ["MaxUnavailable"] = max,
                ["UnhealthyPodEvictionPolicy"] = spec["unhealthyPodEvictionPolicy"] ?? JsonNull.Instance,
            };
            errors.Invalid("spec", value, "minAvailable and maxUnavailable cannot be both set");
        }
        if (min is not null)
        {
            WorkloadRules.IntOrPercent(min, "spec.minAvailable", errors);
            WorkloadRules.NotMoreThanAll(min, "spec.minAvailable", errors);
        }
        if (max is not null)
        {
            WorkloadRules.IntOrPercent(max, "spec.maxUnavailable", errors);
            WorkloadRules.NotMoreThanAll(max, "spec.maxUnavailable", errors);
        }
        LabelSelectorRules.Check(spec.Object("selector"), "spec.selector", errors);
        if (spec.String("unhealthyPodEvictionPolicy") is { } policy and not ("AlwaysAllow" or "IfHealthyBudget"))
        {
            errors.NotSupported("spec.unhealthyPodEvictionPolicy", policy, "AlwaysAllow", "IfHealthyBudget");
        }
    }
}

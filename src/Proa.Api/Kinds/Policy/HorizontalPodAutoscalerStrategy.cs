using Proa.Api.Json;

namespace Proa.Api.Kinds.Policy;

internal sealed class HorizontalPodAutoscalerStrategy(string version)
    : KindStrategy(new("autoscaling", version, "HorizontalPodAutoscaler"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.DefaultUnset("minReplicas", 1);
        if (Gvk.Version != "v2")
        {
            return;
        }
        if (spec.Array("metrics") is not { Count: > 0 })
        {
            spec["metrics"] = new JsonArray(
            [
                new JsonObject
                {
                    ["type"] = "Resource",
                    ["resource"] = new JsonObject
                    {
                        ["name"] = "cpu",
                        ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 },
                    },
                },
            ]);
        }
        if (spec.Object("behavior") is { } behavior)
        {
            var up = behavior.EnsureObject("scaleUp");
            up.DefaultUnset("stabilizationWindowSeconds", 0);
            up.DefaultUnset("selectPolicy", "Max");
            if (up.Array("policies") is null)
            {
                up["policies"] = new JsonArray([Policy("Pods", 4), Policy("Percent", 100)]);
            }
            var down = behavior.EnsureObject("scaleDown");
            down.DefaultUnset("selectPolicy", "Max");
            if (down.Array("policies") is null)
            {
                down["policies"] = new JsonArray([Policy("Percent", 100)]);
            }
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        if (spec.Int("minReplicas") is < 1)
        {
            errors.Invalid("spec.minReplicas", spec["minReplicas"], "must be greater than or equal to 1");
        }
        var max = spec.Int("maxReplicas") ?? 0;
        if (max == 0)
        {
            errors.Required("spec.maxReplicas", "must be set and greater than 0");
        }
        else if (max < 0)
        {
            errors.Invalid("spec.maxReplicas", max, "must be greater than or equal to 1");
        }
        if (max < spec.Int("minReplicas"))
        {
            errors.Invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
        }
        AutoscalerRules.Reference(spec.Sub("scaleTargetRef"), "spec.scaleTargetRef", needsGroup: true, errors);
        AutoscalerRules.Metrics(spec, errors);
        AutoscalerRules.Behavior(spec, errors);
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) =>
        Workloads.WorkloadStatusRules.Counts(obj, errors, "currentReplicas", "desiredReplicas");

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = 15 };
}

using Proa.Api.Json;
using Proa.Api.Meta;

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
            up.Default("selectPolicy", "Max");
            if (up.Array("policies") is null)
            {
                up["policies"] = new JsonArray([Policy("Pods", 4), Policy("Percent", 100)]);
            }
            var down = behavior.EnsureObject("scaleDown");
            down.Default("selectPolicy", "Max");
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
        if (spec.Int("maxReplicas") is not > 0)
        {
            errors.Invalid("spec.maxReplicas", spec["maxReplicas"] ?? 0, "must be greater than 0");
        }
        if (spec.Int("minReplicas") is { } min && spec.Int("maxReplicas") < min)
        {
            errors.Invalid("spec.maxReplicas", spec["maxReplicas"], "must be greater than or equal to `minReplicas`");
        }
        Target(spec.Object("scaleTargetRef") ?? new JsonObject(), errors);
    }

    private static void Target(JsonObject target, FieldErrors errors)
    {
        const string At = "spec.scaleTargetRef";
        foreach (var name in (ReadOnlySpan<string>)["kind", "name"])
        {
            if (target.Text(name).Length == 0)
            {
                errors.Required($"{At}.{name}");
            }
            else
            {
                errors.Invalid($"{At}.{name}", target.Text(name), Names.PathSegment(target.Text(name)));
            }
        }
        // Only a ReplicationController is scaled in the core group.
        if (target.Text("kind") != "ReplicationController" && !target.Text("apiVersion").Contains('/') && target.Text("kind").Length > 0)
        {
            errors.Invalid($"{At}.apiVersion", target.Text("apiVersion"), "apiVersion must specify API group");
        }
    }

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = 15 };
}

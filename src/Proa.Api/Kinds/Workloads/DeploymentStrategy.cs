using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

internal sealed class DeploymentStrategy() : KindStrategy(new("apps", "v1", "Deployment"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    protected override IReadOnlyList<string> KeptByStatus { get; } = ["labels"];

    protected override void DropGated(JsonObject obj, JsonObject? old) =>
        GatedFields.DropFromTemplate(obj.At("spec", "template"), old?.At("spec", "template"));

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.DefaultUnset("replicas", 1);
        spec.DefaultUnset("revisionHistoryLimit", 10);
        spec.DefaultUnset("progressDeadlineSeconds", 600);
        var strategy = spec.EnsureObject("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.String("type") == "RollingUpdate")
        {
            var rolling = strategy.EnsureObject("rollingUpdate");
            rolling.DefaultUnset("maxUnavailable", "25%");
            rolling.DefaultUnset("maxSurge", "25%");
        }
        PodSpecDefaults.ApplyToTemplate(spec.EnsureObject("template"));
    }

    protected override bool WantedStateChanged(JsonObject obj, JsonObject old) =>
        base.WantedStateChanged(obj, old) || WorkloadRules.AnnotationsChanged(obj, old);

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        WorkloadStatusRules.Counts(obj, errors, "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount");
        WorkloadStatusRules.NotAbove(obj, "replicas", "cannot be greater than status.replicas", errors, "updatedReplicas", "readyReplicas", "availableReplicas");
        WorkloadStatusRules.NotAbove(obj, "readyReplicas", "cannot be greater than readyReplicas", errors, "availableReplicas");
        WorkloadStatusRules.CollisionCount(obj, old, errors);
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => TemplateWarnings.Of(obj, old, TemplateWarnings.PodNames, "spec", "template");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        errors.NonNegative("spec.replicas", spec["replicas"]);
        WorkloadRules.SelectorAndTemplate(spec, "deployment", "ReplicaSet", "invalid label selector", errors);
        Rollout(spec.EnsureObject("strategy"), errors);
        errors.NonNegative("spec.minReadySeconds", spec["minReadySeconds"]);
        errors.NonNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"]);
        if (spec.Int("progressDeadlineSeconds") is { } deadline)
        {
            errors.NonNegative("spec.progressDeadlineSeconds", deadline);
            if (deadline <= (spec.Int("minReadySeconds") ?? 0))
            {
                errors.Invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
            }
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        WorkloadRules.SameSelector(obj.Sub("spec"), old.Sub("spec"), errors);
    }

    private static void Rollout(JsonObject strategy, FieldErrors errors)
    {
        var rolling = strategy.Object("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case "Recreate":
                if (rolling is not null)
                {
                    errors.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
                }
                break;
            case "RollingUpdate":
                if (rolling is null)
                {
                    errors.Required("spec.strategy.rollingUpdate", "this should be defaulted and never be nil");
                    break;
                }
                const string Field = "spec.strategy.rollingUpdate";
                WorkloadRules.IntOrPercent(rolling["maxUnavailable"], $"{Field}.maxUnavailable", errors);
                WorkloadRules.IntOrPercent(rolling["maxSurge"], $"{Field}.maxSurge", errors);
                if (WorkloadRules.IsZero(rolling["maxUnavailable"]) && WorkloadRules.IsZero(rolling["maxSurge"]))
                {
                    errors.Invalid($"{Field}.maxUnavailable", rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
                }
                WorkloadRules.NotMoreThanAll(rolling["maxUnavailable"], $"{Field}.maxUnavailable", errors);
                break;
            default:
                errors.NotSupported("spec.strategy", WorkloadRules.RolloutForm(strategy), "Recreate", "RollingUpdate");
                break;
        }
    }
}

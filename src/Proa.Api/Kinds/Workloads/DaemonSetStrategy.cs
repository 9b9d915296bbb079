using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

internal sealed class DaemonSetStrategy() : KindStrategy(new("apps", "v1", "DaemonSet"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    protected override void DropGated(JsonObject obj, JsonObject? old) =>
        GatedFields.DropFromTemplate(obj.At("spec", "template"), old?.At("spec", "template"));

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        var strategy = spec.EnsureObject("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.String("type") == "RollingUpdate")
        {
            var rolling = strategy.EnsureObject("rollingUpdate");
            rolling.DefaultUnset("maxUnavailable", 1);
            rolling.DefaultUnset("maxSurge", 0);
        }
        spec.DefaultUnset("revisionHistoryLimit", 10);
        PodSpecDefaults.ApplyToTemplate(spec.EnsureObject("template"));
        // The template's generation was a field once; it lives on as an annotation that every object has.
        obj.EnsureObject("metadata").EnsureObject("annotations").DefaultUnset(TemplateGeneration, "0");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        SetTemplateGeneration(obj, 1);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        DropGated(obj, old);
        var before = long.TryParse(old.At("metadata", "annotations").Text(TemplateGeneration), CultureInfo.InvariantCulture, out var number) ? number : 0;
        SetTemplateGeneration(obj, FieldErrors.Same(obj.At("spec", "template"), old.At("spec", "template")) ? before : before + 1);
        base.PrepareForUpdate(obj, old);
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        WorkloadStatusRules.Counts(obj, errors, "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount");
        WorkloadStatusRules.CollisionCount(obj, old, errors);
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => TemplateWarnings.Of(obj, old, null, "spec", "template");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        var before = errors.Count;
        var selector = spec.Object("selector");
        LabelSelectorRules.Check(selector, "spec.selector", errors);
        var labels = spec.Sub("template").At("metadata", "labels");
        if (errors.Count == before && (selector is null || !LabelSelectorRules.Matches(selector, labels)))
        {
            errors.Invalid("spec.template.metadata.labels", WorkloadRules.LabelsOf(spec), "`selector` does not match template `labels`");
        }
        if (selector is not null && LabelSelectorRules.IsEmpty(selector))
        {
            errors.Invalid("spec.selector", LabelSelectorRules.Shown(selector), "empty selector is invalid for daemonset");
        }
        PodSpecRules.CheckTemplate(spec.Object("template"), "spec.template", errors);
        WorkloadRules.Lasting(spec.Sub("template"), "DaemonSet", errors);
        errors.NonNegative("spec.minReadySeconds", spec["minReadySeconds"]);
        Rollout(spec.EnsureObject("updateStrategy"), errors);
        errors.NonNegative("spec.revisionHistoryLimit", spec["revisionHistoryLimit"]);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        WorkloadRules.SameSelector(obj.Sub("spec"), old.Sub("spec"), errors);
        Check(obj, errors);
    }

    private static void Rollout(JsonObject strategy, FieldErrors errors)
    {
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                break;
            case "RollingUpdate":
                const string Field = "spec.updateStrategy.rollingUpdate";
                if (strategy.Object("rollingUpdate") is not { } rolling)
                {
                    errors.Required(Field);
                    break;
                }
                WorkloadRules.IntOrPercent(rolling["maxUnavailable"], $"{Field}.maxUnavailable", errors);
                WorkloadRules.IntOrPercent(rolling["maxSurge"], $"{Field}.maxSurge", errors);
                WorkloadRules.NotMoreThanAll(rolling["maxUnavailable"], $"{Field}.maxUnavailable", errors);
                WorkloadRules.NotMoreThanAll(rolling["maxSurge"], $"{Field}.maxSurge", errors);
                var (noUnavailable, noSurge) = (WorkloadRules.IsZero(rolling["maxUnavailable"]), WorkloadRules.IsZero(rolling["maxSurge"]));
                if (!noUnavailable && !noSurge)
                {
                    errors.Invalid($"{Field}.maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero");
                }
                else if (noUnavailable && noSurge)
                {
                    errors.Required($"{Field}.maxUnavailable", "cannot be 0 when maxSurge is 0");
                }
                break;
            default:
                errors.NotSupported("spec.updateStrategy", WorkloadRules.RolloutForm(strategy), "RollingUpdate", "OnDelete");
                break;
        }
    }

    private static void SetTemplateGeneration(JsonObject obj, long generation) =>
        obj.EnsureObject("metadata").EnsureObject("annotations")[TemplateGeneration] = generation.ToString(CultureInfo.InvariantCulture);
}

using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

internal sealed class ReplicaSetStrategy() : KindStrategy(new("apps", "v1", "ReplicaSet"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    public override IReadOnlyList<string> SelectableFields { get; } = ["status.replicas"];

    public override string FieldValue(JsonObject obj, string field) => base.FieldValue(obj, field) is { Length: > 0 } value ? value : "0";

    protected override void DropGated(JsonObject obj, JsonObject? old) =>
        GatedFields.DropFromTemplate(obj.At("spec", "template"), old?.At("spec", "template"));

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.DefaultUnset("replicas", 1);
        PodSpecDefaults.ApplyToTemplate(spec.EnsureObject("template"));
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        WorkloadStatusRules.Counts(obj, errors, "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas", "observedGeneration");
        WorkloadStatusRules.NotAbove(obj, "replicas", "cannot be greater than status.replicas", errors, "fullyLabeledReplicas", "readyReplicas", "availableReplicas");
        WorkloadStatusRules.NotAbove(obj, "readyReplicas", "cannot be greater than readyReplicas", errors, "availableReplicas");
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => TemplateWarnings.Of(obj, old, TemplateWarnings.PodNames, "spec", "template");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        errors.NonNegative("spec.replicas", spec["replicas"]);
        errors.NonNegative("spec.minReadySeconds", spec["minReadySeconds"]);
        WorkloadRules.SelectorAndTemplate(spec, "deployment", "ReplicaSet", "invalid label selector", errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        WorkloadRules.SameSelector(obj.Sub("spec"), old.Sub("spec"), errors);
    }
}

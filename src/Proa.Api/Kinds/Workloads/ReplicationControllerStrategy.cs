using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Workloads;

internal sealed class ReplicationControllerStrategy()
    : KindStrategy(new("", "v1", "ReplicationController"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    public override IReadOnlyList<string> SelectableFields { get; } = ["status.replicas"];

    public override string FieldValue(JsonObject obj, string field) => base.FieldValue(obj, field) is { Length: > 0 } value ? value : "0";

    protected override void DropGated(JsonObject obj, JsonObject? old) =>
        GatedFields.DropFromTemplate(obj.At("spec", "template"), old?.At("spec", "template"));

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        if (spec.Object("template")?.At("metadata", "labels") is { Count: > 0 } labels)
        {
            if ((spec.Object("selector")?.Count ?? 0) == 0)
            {
                spec["selector"] = labels.Clone();
            }
            var metadata = obj.EnsureObject("metadata");
            if ((metadata.Object("labels")?.Count ?? 0) == 0)
            {
                metadata["labels"] = labels.Clone();
            }
        }
        spec.DefaultUnset("replicas", 1);
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        WorkloadStatusRules.Counts(obj, errors, "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration");
        WorkloadStatusRules.NotAbove(obj, "replicas", "cannot be greater than status.replicas", errors, "fullyLabeledReplicas", "readyReplicas", "availableReplicas");
        WorkloadStatusRules.NotAbove(obj, "readyReplicas", "cannot be greater than readyReplicas", errors, "availableReplicas");
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => TemplateWarnings.Of(obj, old, TemplateWarnings.PodNames, "spec", "template");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        errors.NonNegative("spec.minReadySeconds", spec["minReadySeconds"]);
        var labels = spec.Object("selector");
        if ((labels?.Count ?? 0) == 0)
        {
            errors.Required("spec.selector");
        }
        errors.NonNegative("spec.replicas", spec["replicas"]);
        WorkloadRules.Template(spec, new JsonObject { ["matchLabels"] = labels?.Clone() }, "ReplicationController", errors);
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Workloads;

internal sealed class PodTemplateStrategy() : KindStrategy(new("", "v1", "PodTemplate"), new(Namespaced: true, HasStatus: false, CountsGeneration: true))
{
    public override void ApplyDefaults(JsonObject obj) => PodSpecDefaults.ApplyToTemplate(obj.EnsureObject("template"));

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => TemplateWarnings.Of(obj, old, null, "template");

    protected override void DropGated(JsonObject obj, JsonObject? old) => GatedFields.DropFromTemplate(obj.Object("template"), old?.Object("template"));

    protected override void Check(JsonObject obj, FieldErrors errors) => PodSpecRules.CheckTemplate(obj.Object("template"), "template", errors);
}

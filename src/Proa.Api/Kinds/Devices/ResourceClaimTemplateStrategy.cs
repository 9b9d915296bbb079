using Proa.Api.Json;
using Proa.Api.Kinds.Internal;

namespace Proa.Api.Kinds.Devices;

internal sealed class ResourceClaimTemplateStrategy()
    : KindStrategy(new("resource.k8s.io", "v1", "ResourceClaimTemplate"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj) => RequestDefaults.Apply(obj.Sub("spec", "spec"));

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        PersistentVolumeClaimRules.CheckTemplateMetadata(obj.Sub("spec", "metadata"), "spec", errors);
        DeviceClaimRules.Check(obj.Sub("spec", "spec"), "spec.spec", errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        if (!FieldErrors.Same(obj["spec"], old["spec"]))
        {
            errors.Invalid("spec", InternalForms.Of("ResourceClaimTemplateSpec", obj.Sub("spec")), "field is immutable");
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Internal;

namespace Proa.Api.Kinds.Devices;

internal sealed class ResourceClaimStrategy()
    : KindStrategy(new("resource.k8s.io", "v1", "ResourceClaim"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    protected override IReadOnlyList<string> KeptByStatus => WholeMetadata;

    public override void ApplyDefaults(JsonObject obj) => RequestDefaults.Apply(obj.Sub("spec"));

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForStatusUpdate(obj, old);
        ClaimStatusRules.DropDeallocated(obj.Object("status"), old.Sub("status"));
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => DeviceClaimRules.Check(obj.Sub("spec"), "spec", errors);

    // What cannot be changed is not checked again.
    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (!FieldErrors.Same(obj["spec"], old["spec"]))
        {
            errors.Invalid("spec", InternalForms.Of("ResourceClaimSpec", obj.Sub("spec")), "field is immutable");
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => ClaimStatusRules.Check(obj, old, errors);
}

using Proa.Api.Json;

namespace Proa.Api.Kinds.Networking;

internal sealed class IngressClassStrategy()
    : KindStrategy(new("networking.k8s.io", "v1", "IngressClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: true))
{
    public override void ApplyDefaults(JsonObject obj) => obj.At("spec", "parameters")?.DefaultUnset("scope", "Cluster");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        if (obj.Object("spec").Text("controller").Length == 0)
        {
            errors.Required("spec.controller");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        errors.Immutable("spec.controller", obj.Object("spec")?["controller"], old.Object("spec")?["controller"]);
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Storage;

internal sealed class VolumeAttributesClassStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "VolumeAttributesClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        CsiDriverNames.Check(obj.Text("driverName"), "driverName", errors);
        ParameterRules.Check(obj, needed: true, errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (obj.Text("driverName") != old.Text("driverName"))
        {
            errors.Forbidden("driverName", "updates to driverName are forbidden.");
        }
        if (!FieldErrors.Same(obj["parameters"], old["parameters"]))
        {
            errors.Forbidden("parameters", "updates to parameters are forbidden.");
        }
    }
}

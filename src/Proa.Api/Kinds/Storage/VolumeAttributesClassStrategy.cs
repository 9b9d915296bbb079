using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class VolumeAttributesClassStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "VolumeAttributesClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var driver = obj.Text("driverName").ToLowerInvariant();
        if (driver.Length == 0)
        {
            errors.Required("driverName");
        }
        else
        {
            errors.Invalid("driverName", driver, Names.QualifiedName(driver));
        }
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
        Check(obj, errors);
    }
}

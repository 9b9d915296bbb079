using Proa.Api.Json;
using Proa.Api.Kinds.Pods;

namespace Proa.Api.Kinds.Devices;

/// <summary>DeviceClass: which devices are of a class.</summary>
internal sealed class DeviceClassStrategy()
    : KindStrategy(new("resource.k8s.io", "v1", "DeviceClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: true))
{
    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Sub("spec");
        DeviceSelectors.Check(spec.Array("selectors"), "spec.selectors", errors);
        DeviceLists.Each(spec, "config", "spec.config", DeviceConfigurations.Most, errors, static (config, at, found) => DeviceConfigurations.Check(config, at, found));
        if (spec.String("extendedResourceName") is { } name && !ResourceNames.IsExtended(name))
        {
            errors.Invalid("spec.extendedResourceName", name, "must be a valid extended resource name");
        }
    }
}

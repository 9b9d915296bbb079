using Proa.Api.Json;

namespace Proa.Api.Kinds.Storage;

/// <summary>DeviceClass: which devices are of a class.</summary>
internal sealed class DeviceClassStrategy()
    : KindStrategy(new("resource.k8s.io", "v1", "DeviceClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: true))
{
    protected override void Check(JsonObject obj, FieldErrors errors) => DeviceSelectors.Check(obj.Object("spec")?.Array("selectors"), "spec.selectors", errors);
}

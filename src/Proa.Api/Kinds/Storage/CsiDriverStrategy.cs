using Proa.Api.Json;

namespace Proa.Api.Kinds.Storage;

internal sealed class CsiDriverStrategy() : KindStrategy(new("storage.k8s.io", "v1", "CSIDriver"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.DefaultUnset("attachRequired", true);
        spec.DefaultUnset("podInfoOnMount", false);
        spec.DefaultUnset("storageCapacity", false);
        spec.DefaultUnset("fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (spec.Array("volumeLifecycleModes") is not { Count: > 0 })
        {
            spec["volumeLifecycleModes"] = new JsonArray(["Persistent"]);
        }
        spec.DefaultUnset("requiresRepublish", false);
        spec.DefaultUnset("seLinuxMount", false);
    }
}

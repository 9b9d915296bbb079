using Proa.Api.Json;

namespace Proa.Api.Kinds.Storage;

internal sealed class StorageClassStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "StorageClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: false))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        obj.DefaultUnset("reclaimPolicy", "Delete");
        obj.DefaultUnset("volumeBindingMode", "Immediate");
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        if (obj.Text("provisioner").Length == 0)
        {
            errors.Required("provisioner");
        }
        if (obj.Text("reclaimPolicy") is { Length: > 0 } policy and not ("Delete" or "Retain"))
        {
            errors.NotSupported("reclaimPolicy", policy, "Delete", "Retain");
        }
        if (obj.Text("volumeBindingMode") is { Length: > 0 } mode and not ("Immediate" or "WaitForFirstConsumer"))
        {
            errors.NotSupported("volumeBindingMode", mode, "Immediate", "WaitForFirstConsumer");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        foreach (var name in (ReadOnlySpan<string>)["parameters", "provisioner", "reclaimPolicy"])
        {
            if (!FieldErrors.Same(obj[name], old[name]))
            {
                errors.Forbidden(name, $"updates to {name} are forbidden.");
            }
        }
        errors.Immutable("volumeBindingMode", obj["volumeBindingMode"], old["volumeBindingMode"]);
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class CsiStorageCapacityStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "CSIStorageCapacity"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        LabelSelectorRules.Check(obj.Object("nodeTopology"), "nodeTopology", errors);
        errors.Invalid("storageClassName", obj.Text("storageClassName"), Names.DnsSubdomain(obj.Text("storageClassName")));
        if (obj["capacity"] is { } capacity && Quantity.TryParse(obj.Text("capacity"), out var amount) && amount.Sign < 0)
        {
            errors.Invalid("capacity", capacity, "must be greater than or equal to 0");
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        errors.Immutable("nodeTopology", obj["nodeTopology"], old["nodeTopology"]);
        errors.Immutable("storageClassName", obj["storageClassName"], old["storageClassName"]);
    }
}

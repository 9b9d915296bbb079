using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

internal sealed class CsiStorageCapacityStrategy()
    : KindStrategy(new("storage.k8s.io", "v1", "CSIStorageCapacity"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsUnconditionalUpdate => false;

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var (warnings, topology) = (new List<string>(), obj.Sub("nodeTopology"));
        Pods.NodeLabelWarnings.Expressions(topology, false, "nodeTopology", warnings);
        foreach (var (label, _) in topology.Sub("matchLabels"))
        {
            if (Pods.NodeLabelWarnings.Of(label) is { } text)
            {
                warnings.Add($"nodeTopology.matchLabels.{label}: {text}");
            }
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        LabelSelectorRules.Check(obj.Object("nodeTopology"), "nodeTopology", errors);
        errors.Invalid("storageClassName", obj.Text("storageClassName"), Names.DnsSubdomain(obj.Text("storageClassName")));
        if (obj.String("capacity") is { } text && Quantity.TryParse(text, out var capacity) && capacity < Quantity.Zero)
        {
            errors.Invalid("capacity", capacity.ToString(), "must be greater than or equal to 0");
        }
    }

    // What was measured for one class and topology is not that of another.
    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        errors.Immutable("nodeTopology", obj["nodeTopology"] ?? JsonNull.Instance, old["nodeTopology"] ?? JsonNull.Instance);
        errors.Immutable("storageClassName", obj["storageClassName"], old["storageClassName"]);
    }
}

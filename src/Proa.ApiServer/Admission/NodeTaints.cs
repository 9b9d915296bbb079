using Proa.Api.Json;
using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Admission;

/// <summary>A new node takes no pods before it is known to be ready: the node lifecycle controller removes the taint.</summary>
internal sealed class NodeTaints : IAdmissionStep
{
    private const string Key = "node.kubernetes.io/not-ready";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.IsCreate || !request.Is("nodes"))
        {
            return default;
        }
        var spec = request.Object!.EnsureObject("spec");
        var taints = spec.Array("taints") ?? [];
        if (!taints.OfType<JsonObject>().Any(static taint => taint.String("key") == Key && taint.String("effect") == "NoSchedule"))
        {
            taints.Add(new JsonObject { ["key"] = Key, ["effect"] = "NoSchedule" });
            spec["taints"] = taints;
        }
        return default;
    }
}

using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Objects;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>A pod that gets a node also gets the node's zone and region as labels.</summary>
internal sealed class PodTopology(IObjectStore store) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.IsCreate && request.Is("pods") && request.Object!.Object("spec")?.String("nodeName") is { Length: > 0 } node)
        {
            Copy(store, node, request.Object);
        }
        return default;
    }

    public static void Copy(IObjectStore store, string node, JsonObject pod)
    {
        foreach (var (key, value) in store.Get(new ObjectKey("nodes", "", node))?.Index.Labels ?? [])
        {
            if (key is "topology.kubernetes.io/zone" or "topology.kubernetes.io/region")
            {
                Metadata.Of(pod).EnsureObject("labels")[key] = value;
            }
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>No pod may keep others off more than its own node: LimitPodHardAntiAffinityTopology.</summary>
internal sealed class HardAntiAffinity : IAdmissionStep
{
    private const string Hostname = "kubernetes.io/hostname";

    public Status? Validate(AdmissionRequest request)
    {
        if (request.Object is not { } pod || !request.Is("pods"))
        {
            return null;
        }
        var terms = pod.Object("spec")?.Object("affinity")?.Object("podAntiAffinity")?.Array("requiredDuringSchedulingIgnoredDuringExecution");
        foreach (var term in (terms ?? []).OfType<JsonObject>())
        {
            if (term.String("topologyKey") is var key && key != Hostname)
            {
                return Statuses.Forbidden("pods", request.Name,
                    $"affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey {key} but only key {Hostname} is allowed");
            }
        }
        return null;
    }
}

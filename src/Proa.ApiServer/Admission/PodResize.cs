using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Api.Quota;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>A running pod does not grow past what its node has to give.</summary>
internal sealed class PodResize(IObjectStore store) : IAdmissionStep
{
    public Status? Validate(AdmissionRequest request)
    {
        if (request.Type.Collection != "pods" || request.Subresource != "resize" || request.Object is not { } pod || request.Old is not { } old
            || pod.Object("spec")?.String("nodeName") is not { Length: > 0 } name
            || pod.Object("metadata")?.Int("generation") == old.Object("metadata")?.Int("generation"))
        {
            return null;
        }
        if (store.Get(new ObjectKey("nodes", "", name)) is not { } stored)
        {
            return Statuses.Forbidden("pods", request.Name, $"node \"{name}\" not found");
        }
        foreach (var (key, value) in stored.Index.Labels)
        {
            if (key == "kubernetes.io/os" && value != "linux")
            {
                return Refuse(request, $"pod resize is only supported on linux nodes, node \"{name}\" is \"{value}\"", "UnsupportedPlatform");
            }
        }
        var allocatable = ResourceList.Of(JsonTree.ParseObject(stored.Json.Span).Object("status")?.Object("allocatable"));
        var requests = PodAmounts.Of(pod, "requests", running: true);
        var lacking = new List<string>();
        if (Lacks("cpu", out var cpu, out var ofCpu))
        {
            lacking.Add($"cpu, requested: {cpu.MilliValue}, allocatable: {ofCpu.MilliValue}");
        }
        if (Lacks("memory", out var memory, out var ofMemory))
        {
            lacking.Add($"memory, requested: {memory.Value}, allocatable: {ofMemory.Value}");
        }
        return lacking.Count == 0 ? null : Refuse(request, "node didn't have enough allocatable resources: " + string.Join("; ", lacking), "NodeCapacity");

        bool Lacks(string resource, out Quantity wanted, out Quantity has)
        {
            (wanted, has) = (requests.GetValueOrDefault(resource), allocatable.GetValueOrDefault(resource));
            return wanted > has;
        }
    }

    private static Status Refuse(AdmissionRequest request, string message, string cause)
    {
        var refused = Statuses.Forbidden("pods", request.Name, message);
        return refused with { Details = refused.Details! with { Causes = [new StatusCause { Reason = cause }] } };
    }
}

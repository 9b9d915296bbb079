using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Controllers.EndpointSlices;

/// <summary>Where a service's ports lead in a pod. Pure.</summary>
internal static class EndpointPorts
{
    /// <summary>The ports of the service on this pod; one whose name the pod does not know is left out.</summary>
    public static List<(ServicePort Port, int Number)> On(Service service, Pod pod)
    {
        var ports = new List<(ServicePort, int)>();
        foreach (var port in service.Spec.Ports)
        {
            if (Find(pod, port) is { } number)
            {
                ports.Add((port, number));
            }
        }
        return ports;
    }

    private static int? Find(Pod pod, ServicePort port)
    {
        var target = port.TargetPort ?? (IntOrString)port.Port;
        if (target.IsInt)
        {
            return target.Number == 0 ? port.Port : target.Number;
        }
        foreach (var container in pod.Spec.Containers)
        {
            if (Named(container, target.Text!, port.Protocol) is { } number)
            {
                return number;
            }
        }
        foreach (var container in pod.Spec.InitContainers)
        {
            // A sidecar: it serves as long as the pod does.
            if (container.RestartPolicy == "Always" && Named(container, target.Text!, port.Protocol) is { } number)
            {
                return number;
            }
        }
        return null;
    }

    private static int? Named(Container container, string name, string? protocol)
    {
        foreach (var port in container.Ports)
        {
            if (port.Name == name && (port.Protocol ?? "TCP") == (protocol ?? "TCP"))
            {
                return port.ContainerPortValue;
            }
        }
        return null;
    }
}

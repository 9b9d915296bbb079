using Proa.Api.Models.Core;

namespace Proa.Network.Proxy;

/// <summary>The host ports of a pod's containers. Pure.</summary>
internal static class PodFrontends
{
    public static bool HasHostPorts(Pod pod) => !(pod.Spec.HostNetwork ?? false) && Containers(pod).Any(c => c.Ports.Any(p => p.HostPort > 0));

    public static List<Frontend> Of(Pod pod)
    {
        var frontends = new List<Frontend>();
        if (pod.Status.Phase is "Succeeded" or "Failed" || (pod.Spec.HostNetwork ?? false) || !Ip4.TryParse(pod.Status.PodIP, out var address))
        {
            return frontends;
        }
        foreach (var container in Containers(pod))
        {
            foreach (var port in container.Ports)
            {
                if (port.HostPort is not (> 0 and <= 65535) || FrontendKey.ProtocolOf(port.Protocol) is not { } protocol)
                {
                    continue;
                }
                var host = Ip4.TryParse(port.HostIP, out var given) ? given : Ip4.Any;
                frontends.Add(new Frontend(
                    new FrontendKey(host, protocol, (ushort)port.HostPort), [new Backend(address, (ushort)port.ContainerPortValue)]));
            }
        }
        return frontends;
    }

    /// <summary>Init containers count too: those that go on running have ports.</summary>
    private static IEnumerable<Container> Containers(Pod pod) => pod.Spec.Containers.Concat(pod.Spec.InitContainers);
}

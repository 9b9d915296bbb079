using Proa.Api.Models.Core;
using Proa.Controllers.Common;
using Proa.Controllers.EndpointSlices;

namespace Proa.Controllers.Endpoints;

/// <summary>The subsets of a service's Endpoints: addresses that have the same ports, those that are ready and those that are not. Pure.</summary>
internal static class SubsetBuilder
{
    private const int MaxAddresses = 1000;

    public static List<EndpointSubset> Build(Service service, IReadOnlyList<Pod> pods)
    {
        var family = service.Spec.IpFamilies.Count > 0 ? service.Spec.IpFamilies[0] : "IPv4";
        var everyone = service.Spec.PublishNotReadyAddresses == true;
        var groups = new List<(List<EndpointPort> Ports, List<EndpointAddress> Ready, List<EndpointAddress> NotReady)>();
        var count = 0;
        foreach (var pod in pods.OrderBy(pod => pod.Status.PodIP, StringComparer.Ordinal))
        {
            if (count == MaxAddresses || !ServicePods.Selects(service, pod) || !EndpointBuilder.IsEndpoint(pod)
                || (PodFacts.IsTerminating(pod) && !everyone) || EndpointBuilder.Addresses(pod, family) is not [var ip, ..])
            {
                continue;
            }
            var ports = Ports(service, pod);
            if (ports.Count == 0 && service.Spec.Ports.Count > 0)
            {
                continue;
            }
            var group = groups.Find(group => group.Ports.SequenceEqual(ports));
            if (group.Ports is null)
            {
                groups.Add(group = (ports, [], []));
            }
            (everyone || PodFacts.IsReady(pod) ? group.Ready : group.NotReady).Add(Address(service, pod, ip));
            count++;
        }
        return [.. groups.Select(group => new EndpointSubset { Addresses = group.Ready, NotReadyAddresses = group.NotReady, Ports = group.Ports })];
    }

    private static EndpointAddress Address(Service service, Pod pod, string ip) => new()
    {
        Ip = ip,
        Hostname = pod.Spec.Subdomain == service.Metadata.Name && !string.IsNullOrEmpty(pod.Spec.Hostname) ? pod.Spec.Hostname : null,
        NodeName = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : pod.Spec.NodeName,
        TargetRef = new() { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
    };

    private static List<EndpointPort> Ports(Service service, Pod pod) =>
        [.. EndpointPorts.On(service, pod).Select(found => new EndpointPort
        {
            Name = found.Port.Name,
            Port = found.Number,
            Protocol = found.Port.Protocol ?? "TCP",
            AppProtocol = found.Port.AppProtocol,
        }).OrderBy(port => port.Name, StringComparer.Ordinal)];
}

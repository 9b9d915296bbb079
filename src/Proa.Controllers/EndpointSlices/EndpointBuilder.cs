using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Controllers.Common;

namespace Proa.Controllers.EndpointSlices;

/// <summary>A pod as an endpoint of a service. Pure.</summary>
internal static class EndpointBuilder
{
    private const string Zone = "topology.kubernetes.io/zone";

    /// <summary>A pod without an address, or that is over, is no endpoint; a terminating one is, and says so.</summary>
    public static bool IsEndpoint(Pod pod) => !PodFacts.IsFinished(pod) && (pod.Status.PodIPs.Count > 0 || !string.IsNullOrEmpty(pod.Status.PodIP));

    public static List<string> Addresses(Pod pod, string family)
    {
        var addresses = new List<string>();
        if (pod.Status.PodIPs.Count == 0 && pod.Status.PodIP is { Length: > 0 } only && IsOf(only, family))
        {
            addresses.Add(only);
        }
        foreach (var ip in pod.Status.PodIPs)
        {
            if (ip.Ip is { } address && IsOf(address, family))
            {
                addresses.Add(address);
            }
        }
        return addresses;
    }

    public static Endpoint Build(Service service, Pod pod, Node? node, IReadOnlyList<string> addresses)
    {
        var serving = PodFacts.IsReady(pod);
        var terminating = PodFacts.IsTerminating(pod);
        return new()
        {
            Addresses = addresses,
            Conditions = new()
            {
                // A terminating pod takes no new connections, whatever its probes say, unless the service wants all pods.
                Ready = service.Spec.PublishNotReadyAddresses == true || (serving && !terminating),
                Serving = serving,
                Terminating = terminating,
            },
            Hostname = pod.Spec.Subdomain == service.Metadata.Name && !string.IsNullOrEmpty(pod.Spec.Hostname) ? pod.Spec.Hostname : null,
            NodeName = string.IsNullOrEmpty(pod.Spec.NodeName) ? null : pod.Spec.NodeName,
            TargetRef = new() { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
            Zone = node?.Metadata.Labels.GetValueOrDefault(Zone),
        };
    }

    private static bool IsOf(string address, string family) => address.Contains(':') == (family == "IPv6");
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Api.Models.Meta;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;

namespace Proa.Network.Tests;

/// <summary>Short ways to the API objects that tests need.</summary>
internal static class Objects
{
    public static Service Service(string name, string clusterIP, params ServicePort[] ports) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name },
        Spec = new ServiceSpec { Type = "ClusterIP", ClusterIP = clusterIP, Ports = ports },
    };

    public static ServicePort Port(int port, string protocol = "TCP", string? name = null, int nodePort = 0) =>
        new() { Port = port, Protocol = protocol, Name = name, NodePort = nodePort == 0 ? null : nodePort };

    public static EndpointSlice Slice(string service, int port, string protocol, params Endpoint[] endpoints) =>
        Slice(service, [new EndpointPort { Port = port, Protocol = protocol, Name = "" }], endpoints);

    public static EndpointSlice Slice(string service, EndpointPort[] ports, params Endpoint[] endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "default",
            Name = $"{service}-{ports[0].Protocol}-1".ToLowerInvariant(),
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service },
        },
        AddressType = "IPv4",
        Ports = ports,
        Endpoints = endpoints,
    };

    public static Endpoint Ready(string address, string pod = "", string node = "node") => Make(address, pod, node, true, true, false);

    public static Endpoint NotReady(string address, string pod = "", string node = "node") => Make(address, pod, node, false, false, false);

    public static Endpoint Terminating(string address, string pod = "", string node = "node") => Make(address, pod, node, false, true, true);

    private static Endpoint Make(string address, string pod, string node, bool ready, bool serving, bool terminating) => new()
    {
        Addresses = [address],
        NodeName = node,
        Conditions = new EndpointConditions { Ready = ready, Serving = serving, Terminating = terminating },
        TargetRef = pod.Length == 0 ? null : new ObjectReference { Kind = "Pod", Name = pod, Namespace = "default" },
    };
}

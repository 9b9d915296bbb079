using System.Net;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using Proa.Api.Models.Meta;
using Proa.Client;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;

namespace Proa.Network.Dns;

/// <summary>The Service by which pods reach the DNS server, and the slice that says where it is.</summary>
internal static class DnsObjects
{
    public const string Namespace = "kube-system";
    public const string Name = "kube-dns";

    public static Service Service(NetworkOptions options) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = Namespace,
            Name = Name,
            Labels = new Dictionary<string, string>
            {
                ["k8s-app"] = Name,
                ["kubernetes.io/cluster-service"] = "true",
                ["kubernetes.io/name"] = "CoreDNS",
            },
        },
        Spec = new ServiceSpec
        {
            ClusterIP = options.DnsAddress.ToString(),
            Ports =
            [
                new ServicePort { Name = "dns", Port = 53, Protocol = "UDP", TargetPort = 53 },
                new ServicePort { Name = "dns-tcp", Port = 53, Protocol = "TCP", TargetPort = 53 },
            ],
        },
    };

    public static EndpointSlice Slice(NetworkOptions options, IPEndPoint server) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = Namespace,
            Name = $"{Name}-proa",
            Labels = new Dictionary<string, string>
            {
                ["k8s-app"] = Name,
                ["kubernetes.io/service-name"] = Name,
                ["endpointslice.kubernetes.io/managed-by"] = "proa",
            },
        },
        AddressType = "IPv4",
        Endpoints =
        [
            new Endpoint
            {
                Addresses = [server.Address.ToString()],
                NodeName = options.NodeName,
                Conditions = new EndpointConditions { Ready = true, Serving = true, Terminating = false },
            },
        ],
        Ports =
        [
            new EndpointPort { Name = "dns", Port = server.Port, Protocol = "UDP" },
            new EndpointPort { Name = "dns-tcp", Port = server.Port, Protocol = "TCP" },
        ],
    };

    /// <summary>Makes both, or corrects the slice.</summary>
    /// <returns>Null, or why the API refused.</returns>
    public static async Task<Status?> EnsureAsync(IClusterClient client, NetworkOptions options, IPEndPoint server, CancellationToken ct)
    {
        var service = await client.GetAsync<Service>(Namespace, Name, ct);
        if (service.IsNotFound)
        {
            service = await client.CreateAsync(Service(options), ct);
        }
        if (!service.Ok && !service.IsConflict)
        {
            return service.Error;
        }
        var slice = Slice(options, server);
        var current = await client.GetAsync<EndpointSlice>(Namespace, slice.Metadata.Name!, ct);
        if (current.IsNotFound)
        {
            current = await client.CreateAsync(slice, ct);
        }
        else if (current.Ok && !Same(current.Value, slice))
        {
            current = await client.ModifyAsync<EndpointSlice>(Namespace, slice.Metadata.Name!, s => s with { Endpoints = slice.Endpoints, Ports = slice.Ports }, ct);
        }
        return current.Ok || current.IsConflict ? null : current.Error;
    }

    private static bool Same(EndpointSlice one, EndpointSlice other) =>
        one.Endpoints.Count == 1 && one.Endpoints[0].Addresses.SequenceEqual(other.Endpoints[0].Addresses)
        && one.Endpoints[0].NodeName == other.Endpoints[0].NodeName
        && one.Ports.Select(p => (p.Name, p.Port)).SequenceEqual(other.Ports.Select(p => (p.Name, p.Port)));
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;
using EndpointPort = Proa.Api.Models.Discovery.EndpointPort;

namespace Proa.Network.Proxy;

/// <summary>
/// What a Service and its EndpointSlices mean for a node: the rules of https://kubernetes.io/docs/reference/networking/virtual-ips/.
/// Pure.
/// </summary>
internal static class ServiceFrontends
{
    private const int DefaultAffinitySeconds = 10_800;

    /// <param name="isDraining">Endpoints of pods that are being stopped, whatever their slice still says.</param>
    public static List<Frontend> Of(Service service, IReadOnlyList<EndpointSlice> slices, string node, Func<Endpoint, bool> isDraining)
    {
        var frontends = new List<Frontend>();
        var spec = service.Spec;
        if (spec.Type == "ExternalName" || service.Metadata.Labels.ContainsKey("service.kubernetes.io/service-proxy-name")
            || !Ip4.TryParse(spec.ClusterIP, out var clusterAddress))
        {
            return frontends;
        }
        var affinity = spec.SessionAffinity == "ClientIP" ? spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? DefaultAffinitySeconds : 0;
        foreach (var port in spec.Ports)
        {
            if (FrontendKey.ProtocolOf(port.Protocol) is not { } protocol || port.Port is < 1 or > 65535)
            {
                continue;
            }
            var endpoints = Endpoints(port, protocol, slices, node, isDraining);
            Add(clusterAddress, port.Port, spec.InternalTrafficPolicy == "Local");
            var local = spec.ExternalTrafficPolicy == "Local";
            if (port.NodePort is { } nodePort and > 0 and <= 65535)
            {
                Add(Ip4.Any, nodePort, local);
            }
            foreach (var external in spec.ExternalIPs)
            {
                if (Ip4.TryParse(external, out var address))
                {
                    Add(address, port.Port, local);
                }
            }
            foreach (var ingress in service.Status.LoadBalancer.Ingress)
            {
                if (ingress.IpMode != "Proxy" && Ip4.TryParse(ingress.Ip, out var address))
                {
                    Add(address, port.Port, local);
                }
            }

            void Add(Ip4 address, int number, bool onlyLocal)
            {
                var (backends, absence) = Choose(endpoints, onlyLocal);
                frontends.Add(new Frontend(new FrontendKey(address, protocol, (ushort)number), backends, affinity, absence));
            }
        }
        return frontends;
    }

    /// <summary>Ready endpoints; where there is none, those that still serve while they terminate.</summary>
    private static (IReadOnlyList<Backend> Backends, Absence Absence) Choose(List<Candidate> endpoints, bool onlyLocal)
    {
        var ready = new List<Backend>();
        var last = new List<Backend>();
        var elsewhere = false;
        foreach (var endpoint in endpoints)
        {
            if (onlyLocal && !endpoint.Local)
            {
                elsewhere |= endpoint.Ready || endpoint.Last;
            }
            else if (endpoint.Ready)
            {
                ready.Add(endpoint.Backend);
            }
            else if (endpoint.Last)
            {
                last.Add(endpoint.Backend);
            }
        }
        var backends = ready.Count > 0 ? ready : last;
        return (backends, backends.Count == 0 && elsewhere ? Absence.Drop : Absence.Refuse);
    }

    private static List<Candidate> Endpoints(
        ServicePort port, byte protocol, IReadOnlyList<EndpointSlice> slices, string node, Func<Endpoint, bool> isDraining)
    {
        var found = new List<Candidate>();
        Dictionary<Backend, int>? places = null;
        foreach (var slice in slices)
        {
            if (slice.AddressType != "IPv4" || PortOf(slice, port, protocol) is not { } number)
            {
                continue;
            }
            foreach (var endpoint in slice.Endpoints)
            {
                if (endpoint.Addresses.Count == 0 || !Ip4.TryParse(endpoint.Addresses[0], out var address))
                {
                    continue;
                }
                var candidate = Read(endpoint, new Backend(address, number), node, isDraining(endpoint));
                // An endpoint that moves from one slice to another may be in both for a moment.
                places ??= [];
                if (places.TryAdd(candidate.Backend, found.Count))
                {
                    found.Add(candidate);
                }
                else if (candidate.Ready || (candidate.Last && !found[places[candidate.Backend]].Ready))
                {
                    found[places[candidate.Backend]] = candidate;
                }
            }
        }
        return found;
    }

    private static Candidate Read(Endpoint endpoint, Backend backend, string node, bool draining)
    {
        var ready = endpoint.Conditions.Ready ?? true;
        var serving = endpoint.Conditions.Serving ?? ready;
        var terminating = draining || (endpoint.Conditions.Terminating ?? false);
        return new Candidate(backend, ready && !draining, serving && terminating, endpoint.NodeName == node);
    }

    private static ushort? PortOf(EndpointSlice slice, ServicePort port, byte protocol)
    {
        foreach (EndpointPort candidate in slice.Ports)
        {
            if ((candidate.Name ?? "") == (port.Name ?? "") && FrontendKey.ProtocolOf(candidate.Protocol) == protocol
                && candidate.Port is > 0 and <= 65535)
            {
                return (ushort)candidate.Port;
            }
        }
        return null;
    }

    /// <param name="Last">To be used only when nothing is ready.</param>
    private readonly record struct Candidate(Backend Backend, bool Ready, bool Last, bool Local);
}

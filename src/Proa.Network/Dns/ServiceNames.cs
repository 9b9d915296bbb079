using System.Net;
using System.Net.Sockets;
using Proa.Api.Models.Core;
using Proa.Api.Models.Discovery;

namespace Proa.Network.Dns;

/// <summary>
/// The names of a Service: https://github.com/kubernetes/dns/blob/master/docs/specification.md, and where that leaves
/// room, what CoreDNS does. Pure.
/// </summary>
internal sealed class ServiceNames
{
    private readonly Dictionary<byte[], ZoneRecords> _names = new(NameComparer.Instance);
    private readonly Service _service;
    private readonly string _name;

    private ServiceNames(Service service, string domain)
    {
        _service = service;
        _name = $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{domain}";
    }

    public static Dictionary<byte[], ZoneRecords> Of(Service service, IReadOnlyList<EndpointSlice> slices, string domain)
    {
        var names = new ServiceNames(service, domain);
        if (service.Spec.Type == "ExternalName")
        {
            if (DnsName.TryEncode(service.Spec.ExternalName ?? "", out var target))
            {
                names.At(names._name)!.Alias = target;
            }
            return names._names;
        }
        var headless = service.Spec.ClusterIP is "None";
        if (!headless)
        {
            names.AddClusterAddresses();
        }
        names.AddEndpoints(slices, headless);
        return names._names;
    }

    /// <summary>A namespace as such: the names above its Services' and pods' exist.</summary>
    public static Dictionary<byte[], ZoneRecords> OfNamespace(string ns, string domain)
    {
        var names = new Dictionary<byte[], ZoneRecords>(NameComparer.Instance);
        foreach (var kind in (string[])["svc", "pod"])
        {
            if (DnsName.TryEncode($"{ns}.{kind}.{domain}", out var name))
            {
                names[name] = new ZoneRecords();
            }
        }
        return names;
    }

    /// <summary>The name under which an address is asked back.</summary>
    public static string Reverse(Ip4 address) =>
        $"{address.Value & 255}.{address.Value >> 8 & 255}.{address.Value >> 16 & 255}.{address.Value >> 24}.in-addr.arpa";

    private void AddClusterAddresses()
    {
        var spec = _service.Spec;
        var addresses = spec.ClusterIPs.Count > 0 ? spec.ClusterIPs : spec.ClusterIP is { Length: > 0 } one ? [one] : [];
        Ip4? first = null;
        foreach (var text in addresses)
        {
            AddAddress(_name, text);
            if (Ip4.TryParse(text, out var address))
            {
                first ??= address;
                AddPointer(address, _name);
            }
        }
        if (addresses.Count == 0 || !DnsName.TryEncode(_name, out var target))
        {
            return;
        }
        foreach (var port in spec.Ports)
        {
            AddLocation(port.Name, port.Protocol, new ServiceLocation((ushort)port.Port, target, first));
        }
    }

    private void AddEndpoints(IReadOnlyList<EndpointSlice> slices, bool headless)
    {
        foreach (var slice in slices)
        {
            foreach (var endpoint in slice.Endpoints)
            {
                if (endpoint.Addresses.Count == 0 || !(endpoint.Conditions.Ready ?? true))
                {
                    continue;
                }
                var text = endpoint.Addresses[0];
                var host = $"{(string.IsNullOrEmpty(endpoint.Hostname) ? text.Replace('.', '-').Replace(':', '-') : endpoint.Hostname)}.{_name}";
                AddAddress(host, text);
                Ip4? address = Ip4.TryParse(text, out var parsed) ? parsed : null;
                if (address is { } known)
                {
                    AddPointer(known, host);
                }
                if (!headless)
                {
                    continue;
                }
                AddAddress(_name, text);
                if (DnsName.TryEncode(host, out var target))
                {
                    foreach (var port in slice.Ports)
                    {
                        AddLocation(port.Name, port.Protocol, new ServiceLocation((ushort)(port.Port ?? 0), target, address));
                    }
                }
            }
        }
    }

    private void AddAddress(string name, string text)
    {
        if (Ip4.TryParse(text, out var address))
        {
            At(name)?.Addresses.Add(address);
        }
        else if (IPAddress.TryParse(text, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6)
        {
            At(name)?.Addresses6.Add(parsed.GetAddressBytes());
        }
    }

    private void AddPointer(Ip4 address, string name)
    {
        if (DnsName.TryEncode(name, out var target))
        {
            At(Reverse(address))?.Pointers.Add(target);
        }
    }

    /// <summary>Under the port's own name, and among all of the Service's.</summary>
    private void AddLocation(string? port, string? protocol, ServiceLocation location)
    {
        At(_name)?.Locations.Add(location);
        if (!string.IsNullOrEmpty(port))
        {
            At($"_{port}._{(string.IsNullOrEmpty(protocol) ? "tcp" : protocol)}.{_name}")?.Locations.Add(location);
        }
    }

    /// <returns>Null when it cannot be a name, being too long.</returns>
    private ZoneRecords? At(string name)
    {
        if (!DnsName.TryEncode(name, out var wire))
        {
            return null;
        }
        if (!_names.TryGetValue(wire, out var records))
        {
            _names.Add(wire, records = new ZoneRecords());
        }
        return records;
    }
}

using System.Net.Sockets;
using Proa.Api.Json;
using Proa.Api.Kinds.Core;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

internal sealed class EndpointSliceStrategy()
    : KindStrategy(new("discovery.k8s.io", "v1", "EndpointSlice"), new(Namespaced: true, HasStatus: false, CountsGeneration: true))
{
    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var port in obj.Objects("ports"))
        {
            port.DefaultUnset("name", "");
            port.Default("protocol", "TCP");
        }
    }

    protected override bool WantedStateChanged(JsonObject obj, JsonObject old) =>
        base.WantedStateChanged(obj, old) || !FieldErrors.Same(obj.At("metadata", "labels"), old.At("metadata", "labels"));

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var type = obj.Text("addressType");
        if (type.Length == 0)
        {
            errors.Required("addressType");
        }
        else if (type is not ("IPv4" or "IPv6" or "FQDN"))
        {
            errors.NotSupported("addressType", type, "FQDN", "IPv4", "IPv6");
        }
        if (obj.Array("endpoints") is { Count: > 1000 } many)
        {
            errors.Add(FieldError.TooMany("endpoints", many.Count, 1000));
        }
        var i = 0;
        foreach (var endpoint in obj.Objects("endpoints"))
        {
            Endpoint(endpoint, type, $"endpoints[{i++}]", errors);
        }
        Ports(obj, errors);
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        errors.Immutable("addressType", obj["addressType"], old["addressType"]);
    }

    private static void Endpoint(JsonObject endpoint, string type, string at, FieldErrors errors)
    {
        var addresses = endpoint.Array("addresses");
        if (addresses is not { Count: > 0 })
        {
            errors.Required($"{at}.addresses", "must contain at least 1 address");
        }
        else if (addresses.Count > 100)
        {
            errors.Add(FieldError.TooMany($"{at}.addresses", addresses.Count, 100));
        }
        var i = 0;
        foreach (var item in addresses ?? [])
        {
            var address = (item as JsonString)?.Value ?? "";
            var here = $"{at}.addresses[{i++}]";
            switch (type)
            {
                case "IPv4" or "IPv6":
                    if (!Addresses.TryParse(address, out var ip))
                    {
                        Addresses.Check(address, here, errors);
                        break;
                    }
                    if (ip.AddressFamily != (type == "IPv4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6))
                    {
                        errors.Invalid($"{at}.addresses", address, $"must be an {type} address");
                    }
                    EndpointAddresses.CheckRange(address, here, errors);
                    break;
                case "FQDN":
                    errors.Invalid(here, address, Names.DnsSubdomain(address));
                    break;
            }
        }
        if (endpoint.Text("nodeName") is { Length: > 0 } node)
        {
            errors.Invalid($"{at}.nodeName", node, Names.DnsSubdomain(node));
        }
        if (endpoint.Text("hostname") is { Length: > 0 } hostname)
        {
            errors.Invalid($"{at}.hostname", hostname, Names.DnsLabel(hostname));
        }
    }

    private static void Ports(JsonObject obj, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var port in obj.Objects("ports"))
        {
            var at = $"ports[{i++}]";
            var name = port.Text("name");
            if (name.Length > 0)
            {
                errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
            }
            if (!seen.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }
            if (port.Text("protocol") is not ("TCP" or "UDP" or "SCTP"))
            {
                errors.NotSupported($"{at}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
            }
            if (port.Int("port") is { } number && number is < 1 or > 65535)
            {
                errors.Invalid($"{at}.port", number, Names.InRange(1, 65535));
            }
        }
    }
}

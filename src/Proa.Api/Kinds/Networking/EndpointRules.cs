using System.Net.Sockets;
using Proa.Api.Json;
using Proa.Api.Kinds.Core;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

/// <summary>The rules of the endpoints in a slice.</summary>
internal static class EndpointRules
{
    private const int MostEndpoints = 1000;
    private const int MostAddresses = 100;
    private const int MostHints = 8;

    public static void Check(JsonObject obj, string type, FieldErrors errors)
    {
        if (obj.Array("endpoints") is { Count: > MostEndpoints } many)
        {
            errors.Add(FieldError.TooMany("endpoints", many.Count, MostEndpoints));
            return;
        }
        var i = 0;
        foreach (var endpoint in obj.Objects("endpoints"))
        {
            Endpoint(endpoint, type, $"endpoints[{i++}]", errors);
        }
    }

    private static void Endpoint(JsonObject endpoint, string type, string at, FieldErrors errors)
    {
        var addresses = endpoint.Array("addresses");
        if (addresses is not { Count: > 0 })
        {
            errors.Required($"{at}.addresses", "must contain at least 1 address");
        }
        else if (addresses.Count > MostAddresses)
        {
            errors.Add(FieldError.TooMany($"{at}.addresses", addresses.Count, MostAddresses));
        }
        var i = 0;
        foreach (var item in addresses ?? [])
        {
            Address((item as JsonString)?.Value ?? "", type, $"{at}.addresses", i++, errors);
        }
        if (endpoint.String("nodeName") is { } node)
        {
            errors.Invalid($"{at}.nodeName", node, Names.DnsSubdomain(node));
        }
        if (endpoint.String("hostname") is { } hostname)
        {
            errors.Invalid($"{at}.hostname", hostname, Names.DnsLabel(hostname));
        }
        if (endpoint.Object("hints") is { } hints)
        {
            Hints(hints, "forZones", $"{at}.hints.forZones", Names.LabelValue, errors);
            Hints(hints, "forNodes", $"{at}.hints.forNodes", Names.DnsSubdomain, errors);
        }
    }

    private static void Address(string address, string type, string at, int index, FieldErrors errors)
    {
        var here = $"{at}[{index}]";
        switch (type)
        {
            case "IPv4" or "IPv6":
                var before = errors.Count;
                if (type == "IPv4")
                {
                    Addresses.Check(address, here, errors);
                }
                else
                {
                    Addresses.CheckCanonical(address, here, errors);
                }
                if (errors.Count > before || !Addresses.TryParse(address, out var ip))
                {
                    return;
                }
                if (ip.AddressFamily != (type == "IPv4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6))
                {
                    errors.Invalid(at, address, $"must be an {type} address");
                }
                EndpointAddresses.CheckRange(address, here, errors);
                break;
            case "FQDN":
                DomainNames.Check(address, here, errors);
                break;
        }
    }

    private static void Hints(JsonObject hints, string name, string path, Func<string, string[]> form, FieldErrors errors)
    {
        if (hints.Array(name) is { Count: > MostHints } many)
        {
            errors.Add(FieldError.TooMany(path, many.Count, MostHints));
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var hint in hints.Objects(name))
        {
            var (target, at) = (hint.Text("name"), $"{path}[{i++}].name");
            if (!seen.Add(target))
            {
                errors.Duplicate(at, target);
            }
            errors.Invalid(at, target, form(target));
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

internal sealed class EndpointsStrategy() : KindStrategy(new("", "v1", "Endpoints"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    public override bool AllowsCreateOnUpdate => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var subset in obj.Objects("subsets"))
        {
            foreach (var port in subset.Objects("ports"))
            {
                port.Default("protocol", "TCP");
            }
        }
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        // The controller writes addresses as everybody does.
        if (obj.Sub("metadata", "labels").Text("endpoints.kubernetes.io/managed-by") == "endpoint-controller")
        {
            return [];
        }
        var warnings = new List<string>();
        var i = 0;
        foreach (var subset in obj.Objects("subsets"))
        {
            foreach (var list in (ReadOnlySpan<string>)["addresses", "notReadyAddresses"])
            {
                var j = 0;
                foreach (var address in subset.Objects(list))
                {
                    if (Addresses.Warning(address.Text("ip"), $"subsets[{i}].{list}[{j++}].ip") is { } warning)
                    {
                        warnings.Add(warning);
                    }
                }
            }
            i++;
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var i = 0;
        foreach (var subset in obj.Objects("subsets"))
        {
            var at = $"subsets[{i++}]";
            if (subset.Array("addresses") is not { Count: > 0 } && subset.Array("notReadyAddresses") is not { Count: > 0 })
            {
                errors.Required(at, "must specify `addresses` or `notReadyAddresses`");
            }
            foreach (var list in (ReadOnlySpan<string>)["addresses", "notReadyAddresses"])
            {
                var a = 0;
                foreach (var address in subset.Objects(list))
                {
                    Address(address, $"{at}.{list}[{a++}]", errors);
                }
            }
            var several = subset.Array("ports") is { Count: > 1 };
            var p = 0;
            foreach (var port in subset.Objects("ports"))
            {
                Port(port, several, $"{at}.ports[{p++}]", errors);
            }
        }
    }

    // What was stored by an older server may stay as it is.
    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        if (!FieldErrors.Same(obj["subsets"], old["subsets"]))
        {
            Check(obj, errors);
        }
    }

    private static void Address(JsonObject address, string at, FieldErrors errors)
    {
        Addresses.Check(address.Text("ip"), $"{at}.ip", errors);
        if (address.Text("hostname") is { Length: > 0 } hostname)
        {
            errors.Invalid($"{at}.hostname", hostname, Names.DnsLabel(hostname));
        }
        if (address.String("nodeName") is { } node)
        {
            errors.Invalid($"{at}.nodeName", node, Names.DnsSubdomain(node));
        }
        EndpointAddresses.CheckRange(address.Text("ip"), $"{at}.ip", errors);
    }

    private static void Port(JsonObject port, bool several, string at, FieldErrors errors)
    {
        if (several && port.Text("name").Length == 0)
        {
            errors.Required($"{at}.name");
        }
        else if (port.Text("name") is { Length: > 0 } name)
        {
            errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
        }
        if (port.Int("port") is not (>= 1 and <= 65535))
        {
            errors.Invalid($"{at}.port", port["port"] ?? 0, Names.InRange(1, 65535));
        }
        errors.OneOf($"{at}.protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
        if (port.String("appProtocol") is { } application)
        {
            errors.Invalid($"{at}.appProtocol", application, Names.QualifiedName(application));
        }
    }
}

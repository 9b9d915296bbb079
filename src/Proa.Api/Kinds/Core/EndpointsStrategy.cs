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

    public override IReadOnlyList<string> Warnings(JsonObject obj) =>
        ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"];

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
                    EndpointAddresses.Check(address.Text("ip"), $"{at}.{list}[{a++}].ip", errors);
                }
            }
            var ports = subset.Array("ports")?.Count ?? 0;
            var p = 0;
            foreach (var port in subset.Objects("ports"))
            {
                var here = $"{at}.ports[{p++}]";
                if (ports > 1 && port.Text("name").Length == 0)
                {
                    errors.Required($"{here}.name");
                }
                else if (port.Text("name") is { Length: > 0 } name)
                {
                    errors.Invalid($"{here}.name", name, Names.DnsLabel(name));
                }
                if (port.Int("port") is not (>= 1 and <= 65535))
                {
                    errors.Invalid($"{here}.port", port["port"] ?? 0, Names.InRange(1, 65535));
                }
                if (port.Text("protocol") is not ("TCP" or "UDP" or "SCTP"))
                {
                    errors.NotSupported($"{here}.protocol", port["protocol"], "SCTP", "TCP", "UDP");
                }
            }
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Workloads;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

internal sealed class NetworkPolicyStrategy()
    : KindStrategy(new("networking.k8s.io", "v1", "NetworkPolicy"), new(Namespaced: true, HasStatus: false, CountsGeneration: true))
{
    protected override bool TellsEmptyFromNone => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        foreach (var rule in spec.Objects("ingress").Concat(spec.Objects("egress")))
        {
            foreach (var port in rule.Objects("ports"))
            {
                port.DefaultUnset("protocol", "TCP");
            }
        }
        if (spec.Array("policyTypes") is not { Count: > 0 })
        {
            spec["policyTypes"] = spec.Array("egress") is { Count: > 0 } ? new JsonArray(["Ingress", "Egress"]) : new JsonArray(["Ingress"]);
        }
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        foreach (var (rules, peers) in (ReadOnlySpan<(string, string)>)[("ingress", "from"), ("egress", "to")])
        {
            var i = 0;
            foreach (var rule in obj.Sub("spec").Objects(rules))
            {
                var j = 0;
                foreach (var peer in rule.Objects(peers))
                {
                    RangeForms(peer.Sub("ipBlock"), $"spec.{rules}[{i}].{peers}[{j++}].ipBlock", warnings);
                }
                i++;
            }
        }
        return warnings;
    }

    private static void RangeForms(JsonObject block, string at, List<string> warnings)
    {
        if (Addresses.RangeWarning(block.Text("cidr"), $"{at}.cidr") is { } warning)
        {
            warnings.Add(warning);
        }
        var i = 0;
        foreach (var except in block.Array("except") ?? [])
        {
            if (Addresses.RangeWarning((except as JsonString)?.Value ?? "", $"{at}.except[{i++}]") is { } other)
            {
                warnings.Add(other);
            }
        }
    }

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        LabelSelectorRules.Check(spec.Object("podSelector"), "spec.podSelector", errors);
        foreach (var (list, peers) in (ReadOnlySpan<(string, string)>)[("ingress", "from"), ("egress", "to")])
        {
            var i = 0;
            foreach (var rule in spec.Objects(list))
            {
                var at = $"spec.{list}[{i++}]";
                Ports(rule, at, errors);
                var p = 0;
                foreach (var peer in rule.Objects(peers))
                {
                    Peer(peer, $"{at}.{peers}[{p++}]", errors);
                }
            }
        }
        var types = spec.Array("policyTypes") ?? [];
        if (types.Count > 2)
        {
            errors.Invalid("spec.policyTypes", types, "may not specify more than two policyTypes");
            return;
        }
        for (var i = 0; i < types.Count; i++)
        {
            if (types[i] is not JsonString { Value: "Ingress" or "Egress" })
            {
                errors.NotSupported($"spec.policyTypes[{i}]", types[i], "Ingress", "Egress");
            }
        }
    }

    private static void Ports(JsonObject rule, string at, FieldErrors errors)
    {
        var i = 0;
        foreach (var port in rule.Objects("ports"))
        {
            var here = $"{at}.ports[{i++}]";
            if (port.String("protocol") is { } protocol and not ("TCP" or "UDP" or "SCTP"))
            {
                errors.NotSupported($"{here}.protocol", protocol, "TCP", "UDP", "SCTP");
            }
            if (port["port"] is { } number)
            {
                var (start, end) = (port.Int("port"), port.Int("endPort"));
                if (start is null && end is not null)
                {
                    errors.Invalid($"{here}.endPort", end, "may not be specified when `port` is non-numeric");
                }
                Pods.ProbeRules.Port(number, $"{here}.port", errors);
                if (start is not null && end < start)
                {
                    // The original shows the port here, not its end.
                    errors.Invalid($"{here}.endPort", start, "must be greater than or equal to `port`");
                }
                if (start is not null && end is < 1 or > 65535)
                {
                    errors.Invalid($"{here}.endPort", end, Names.InRange(1, 65535));
                }
            }
            else if (port.ContainsKey("endPort"))
            {
                errors.Invalid($"{here}.endPort", port["endPort"], "may not be specified when `port` is not specified");
            }
        }
    }

    private static void Peer(JsonObject peer, string at, FieldErrors errors)
    {
        LabelSelectorRules.Check(peer.Object("podSelector"), $"{at}.podSelector", errors);
        LabelSelectorRules.Check(peer.Object("namespaceSelector"), $"{at}.namespaceSelector", errors);
        if (peer.Object("ipBlock") is { } block)
        {
            if (block.Text("cidr").Length == 0)
            {
                errors.Required($"{at}.ipBlock.cidr");
            }
            else
            {
                Addresses.CheckRange(block.Text("cidr"), $"{at}.ipBlock.cidr", errors);
                var i = 0;
                foreach (var except in block.Array("except") ?? [])
                {
                    Except(block.Text("cidr"), (except as JsonString)?.Value ?? "", $"{at}.ipBlock.except[{i++}]", errors);
                }
            }
            if (peer.Count > 1)
            {
                errors.Forbidden(at, "may not specify both ipBlock and another peer");
            }
        }
        else if (peer.Count == 0)
        {
            errors.Required(at, "must specify a peer");
        }
    }

    private static void Except(string range, string except, string at, FieldErrors errors)
    {
        if (!Addresses.TryParseRange(range, out var address, out var length))
        {
            return;
        }
        Addresses.CheckRange(except, at, errors);
        if (!Addresses.TryParseRange(except, out var inner, out var innerLength))
        {
            return;
        }
        var network = new System.Net.IPNetwork(Addresses.Masked(address, length), length);
        if (!network.Contains(inner) || length >= innerLength)
        {
            errors.Invalid(at, except, "must be a strict subset of `cidr`");
        }
    }
}

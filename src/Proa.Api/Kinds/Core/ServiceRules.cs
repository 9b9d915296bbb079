using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>What a Service's spec must be like.</summary>
internal static class ServiceRules
{
    public static void Check(JsonObject spec, FieldErrors errors)
    {
        var type = spec.Text("type");
        var headless = spec.Text("clusterIP") == "None";
        if (spec.Array("ports") is not { Count: > 0 } && !headless && type != "ExternalName")
        {
            errors.Required("spec.ports");
        }
        if (type == "LoadBalancer" && headless)
        {
            errors.Invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services");
        }
        if (type == "NodePort" && headless)
        {
            errors.Invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services");
        }
        if (type == "ExternalName")
        {
            ExternalName(spec, errors);
        }
        Ports(spec, type, headless, errors);
        ObjectMetaRules.Labels(spec.Object("selector"), "spec.selector", errors);
        Affinity(spec, errors);
        ClusterIps(spec, type, errors);
        var i = 0;
        foreach (var ip in spec.Array("externalIPs") ?? [])
        {
            Addresses.Check((ip as JsonString)?.Value ?? "", $"spec.externalIPs[{i++}]", errors);
        }
        if (type.Length == 0)
        {
            errors.Required("spec.type");
        }
        else if (type is not ("ClusterIP" or "ExternalName" or "LoadBalancer" or "NodePort"))
        {
            errors.NotSupported("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        }
        Policy(spec, "externalTrafficPolicy", errors);
        Policy(spec, "internalTrafficPolicy", errors);
        if (spec.Array("loadBalancerSourceRanges") is { } ranges)
        {
            i = 0;
            foreach (var range in ranges)
            {
                Addresses.CheckRange(((range as JsonString)?.Value ?? "").Trim(), $"spec.loadBalancerSourceRanges[{i++}]", errors);
            }
        }
    }

    private static void ExternalName(JsonObject spec, FieldErrors errors)
    {
        if (spec.Array("clusterIPs") is { Count: > 0 })
        {
            errors.Forbidden("spec.clusterIPs", "may not be set for ExternalName services");
        }
        var name = spec.Text("externalName").TrimEnd('.');
        if (name.Length == 0)
        {
            errors.Required("spec.externalName");
        }
        else
        {
            errors.Invalid("spec.externalName", name, Names.DnsSubdomain(name));
        }
    }

    private static void Ports(JsonObject spec, string type, bool headless, FieldErrors errors)
    {
        var count = spec.Array("ports")?.Count ?? 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var numbers = new HashSet<string>(StringComparer.Ordinal);
        var nodePorts = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var port in spec.Objects("ports"))
        {
            var at = $"spec.ports[{i++}]";
            var name = port.Text("name");
            if (name.Length == 0)
            {
                if (count > 1)
                {
                    errors.Required($"{at}.name");
                }
            }
            else
            {
                errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
                if (!names.Add(name))
                {
                    errors.Duplicate($"{at}.name", name);
                }
            }
            var number = port.Int("port") ?? 0;
            if (number is < 1 or > 65535)
            {
                errors.Invalid($"{at}.port", number, Names.InRange(1, 65535));
            }
            var protocol = port.Text("protocol");
            if (protocol.Length == 0)
            {
                errors.Required($"{at}.protocol");
            }
            else if (protocol is not ("TCP" or "UDP" or "SCTP"))
            {
                errors.NotSupported($"{at}.protocol", protocol, "SCTP", "TCP", "UDP");
            }
            ProbeRules.Port(port["targetPort"], $"{at}.targetPort", errors);
            if (port.String("appProtocol") is { } app)
            {
                errors.Invalid($"{at}.appProtocol", app, Names.QualifiedName(app));
            }
            if (!numbers.Add($"{protocol}/{number}"))
            {
                errors.Duplicate(at, new JsonObject { ["port"] = number, ["protocol"] = protocol });
            }
            if (port.Int("nodePort") is { } nodePort and not 0)
            {
                if (type is "ClusterIP" or "ExternalName" || headless)
                {
                    errors.Forbidden($"{at}.nodePort", $"may not be used when `type` is '{type}'");
                }
                else if (!nodePorts.Add($"{protocol}/{nodePort}"))
                {
                    errors.Duplicate($"{at}.nodePort", nodePort);
                }
            }
        }
    }

    private static void Affinity(JsonObject spec, FieldErrors errors)
    {
        var affinity = spec.Text("sessionAffinity");
        if (affinity.Length == 0)
        {
            errors.Required("spec.sessionAffinity");
        }
        else if (affinity is not ("ClientIP" or "None"))
        {
            errors.NotSupported("spec.sessionAffinity", affinity, "ClientIP", "None");
        }
        else if (affinity == "ClientIP" && spec.At("sessionAffinityConfig", "clientIP")?.Int("timeoutSeconds") is not (> 0 and <= 86400))
        {
            errors.Invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", spec.At("sessionAffinityConfig", "clientIP")?["timeoutSeconds"], "must be greater than 0 and less than 86400");
        }
    }

    private static void ClusterIps(JsonObject spec, string type, FieldErrors errors)
    {
        if (type == "ExternalName" || spec.Array("clusterIPs") is not { } ips)
        {
            return;
        }
        if (spec.Text("clusterIP").Length > 0 && ips.Count > 0 && ips[0] is JsonString first && first.Value != spec.Text("clusterIP"))
        {
            errors.Invalid("spec.clusterIPs", ips, "first value must match `clusterIP`");
        }
        for (var i = 0; i < ips.Count; i++)
        {
            var ip = (ips[i] as JsonString)?.Value ?? "";
            if (ip == "None")
            {
                if (ips.Count > 1)
                {
                    errors.Invalid($"spec.clusterIPs[{i}]", ips, "'None' must be the first and only value");
                }
            }
            else
            {
                Addresses.Check(ip, $"spec.clusterIPs[{i}]", errors);
            }
        }
        if (ips.Count > 2)
        {
            errors.Invalid("spec.clusterIPs", ips, "may only hold up to 2 values");
        }
    }

    private static void Policy(JsonObject spec, string name, FieldErrors errors)
    {
        if (spec.String(name) is { } policy and not ("Cluster" or "Local"))
        {
            errors.NotSupported($"spec.{name}", policy, "Cluster", "Local");
        }
    }
}

using Proa.Api.Json;
using Proa.Api.Kinds.Pods;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>What a Service's spec must be like.</summary>
internal static class ServiceRules
{
    private const string Ranges = "service.beta.kubernetes.io/load-balancer-source-ranges";
    private const string TopologyMode = "service.kubernetes.io/topology-mode";
    private const string TopologyHints = "service.kubernetes.io/topology-aware-hints";

    public static void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.EnsureObject("spec");
        var annotations = obj.Sub("metadata", "annotations");
        if (annotations.String(TopologyMode) is { } mode && annotations.String(TopologyHints) is { } hints && mode != hints)
        {
            errors.Invalid($"metadata.annotations[{TopologyMode}]", mode, $"must match annotations[{TopologyHints}] when both are specified");
        }
        var type = spec.Text("type");
        var headless = ServiceAddressRules.IsHeadless(spec);
        if (spec.Array("ports") is not { Count: > 0 } && !headless && type != "ExternalName")
        {
            errors.Required("spec.ports");
        }
        if (headless && (type is "LoadBalancer" or "NodePort"))
        {
            errors.Invalid("spec.clusterIPs[0]", "None", $"may not be set to 'None' for {type} services");
        }
        if (type == "ExternalName")
        {
            ExternalName(spec, errors);
        }
        Ports(spec, errors);
        Affinity(spec, errors);
        ServiceAddressRules.Check(spec, errors);
        var i = 0;
        foreach (var ip in spec.Array("externalIPs") ?? [])
        {
            EndpointAddresses.Check((ip as JsonString)?.Value ?? "", $"spec.externalIPs[{i++}]", errors);
        }
        errors.OneOf("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        SamePorts(spec, type, errors);
        SourceRanges(spec, annotations, errors);
        Balancer(spec, type, errors);
        Traffic(spec, type, errors);
    }

    public static void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var (spec, before) = (obj.EnsureObject("spec"), old.Sub("spec"));
        ServiceAddressRules.CheckUpdate(spec, before, errors);
        if (spec.Text("type") == "LoadBalancer" && before.Text("type") == "LoadBalancer" && spec.String("loadBalancerClass") != before.String("loadBalancerClass"))
        {
            errors.Invalid("spec.loadBalancerClass", spec["loadBalancerClass"], "may not change once set");
        }
        // The original looks at this twice.
        BalancerClass(spec, errors);
        if (NeedsHealthCheck(spec) && NeedsHealthCheck(before) && spec.Int("healthCheckNodePort") != before.Int("healthCheckNodePort"))
        {
            errors.Forbidden("spec.healthCheckNodePort", "field is immutable");
        }
        Check(obj, errors);
    }

    private static void Balancer(JsonObject spec, string type, FieldErrors errors)
    {
        var isBalancer = type == "LoadBalancer";
        if (!isBalancer && spec.ContainsKey("allocateLoadBalancerNodePorts"))
        {
            errors.Forbidden("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'");
        }
        BalancerClass(spec, errors);
    }

    private static void BalancerClass(JsonObject spec, FieldErrors errors)
    {
        if (spec.String("loadBalancerClass") is { } name)
        {
            if (spec.Text("type") == "LoadBalancer")
            {
                errors.Invalid("spec.loadBalancerClass", name, Names.QualifiedName(name));
            }
            else
            {
                errors.Forbidden("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'");
            }
        }
    }

    private static void SourceRanges(JsonObject spec, JsonObject annotations, FieldErrors errors)
    {
        const string Only = "may only be used when `type` is 'LoadBalancer'";
        var isBalancer = spec.Text("type") == "LoadBalancer";
        if (spec.Array("loadBalancerSourceRanges") is { Count: > 0 } ranges)
        {
            // The original writes this field's name so.
            const string At = "spec.LoadBalancerSourceRanges";
            if (!isBalancer)
            {
                errors.Forbidden(At, Only);
            }
            var i = 0;
            foreach (var range in ranges)
            {
                Addresses.CheckRange(((range as JsonString)?.Value ?? "").Trim(), $"{At}[{i++}]", errors);
            }
        }
        else if (annotations.String(Ranges) is { } text)
        {
            if (!isBalancer)
            {
                errors.Forbidden($"metadata.annotations[{Ranges}]", Only);
            }
            foreach (var range in text.Split(',', StringSplitOptions.TrimEntries))
            {
                if (text.Trim().Length > 0)
                {
                    Addresses.CheckRange(range, $"metadata.annotations[{Ranges}]", errors);
                }
            }
        }
    }

    private static void Traffic(JsonObject spec, string type, FieldErrors errors)
    {
        var policy = spec.Text("externalTrafficPolicy");
        var external = type is "LoadBalancer" or "NodePort" || (type == "ClusterIP" && spec.Array("externalIPs") is { Count: > 0 });
        if (external)
        {
            errors.OneOf("spec.externalTrafficPolicy", policy, "Cluster", "Local");
        }
        else if (policy.Length > 0)
        {
            errors.Invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services");
        }
        var health = spec.Int("healthCheckNodePort") ?? 0;
        if (!NeedsHealthCheck(spec))
        {
            if (health != 0)
            {
                errors.Invalid("spec.healthCheckNodePort", health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
            }
        }
        else if (health == 0)
        {
            errors.Required("spec.healthCheckNodePort");
        }
        else if (health is < 1 or > 65535)
        {
            errors.Invalid("spec.healthCheckNodePort", health, Names.InRange(1, 65535));
        }
        if (spec.String("internalTrafficPolicy") is not { } inside)
        {
            if (type is "NodePort" or "LoadBalancer" or "ClusterIP")
            {
                errors.Required("spec.internalTrafficPolicy");
            }
        }
        else if (inside is not ("Cluster" or "Local"))
        {
            errors.NotSupported("spec.internalTrafficPolicy", inside, "Cluster", "Local");
        }
        if (spec.String("trafficDistribution") is { } distribution and not ("PreferClose" or "PreferSameZone" or "PreferSameNode"))
        {
            errors.NotSupported("spec.trafficDistribution", distribution, "PreferClose", "PreferSameZone", "PreferSameNode");
        }
    }

    private static bool NeedsHealthCheck(JsonObject spec) => spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";

    private static void ExternalName(JsonObject spec, FieldErrors errors)
    {
        foreach (var field in (ReadOnlySpan<string>)["clusterIPs", "ipFamilies"])
        {
            if (spec.Array(field) is { Count: > 0 })
            {
                errors.Forbidden($"spec.{field}", "may not be set for ExternalName services");
            }
        }
        if (spec.ContainsKey("ipFamilyPolicy"))
        {
            errors.Forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services");
        }
        var name = spec.Text("externalName");
        name = name.EndsWith('.') ? name[..^1] : name;
        if (name.Length == 0)
        {
            errors.Required("spec.externalName");
        }
        else
        {
            errors.Invalid("spec.externalName", name, Names.DnsSubdomain(name));
        }
    }

    private static void Ports(JsonObject spec, FieldErrors errors)
    {
        var count = spec.Array("ports")?.Count ?? 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var port in spec.Objects("ports"))
        {
            var at = $"spec.ports[{i++}]";
            Port(port, at, count > 1, names, errors);
        }
        ObjectMetaRules.Labels(spec.Object("selector"), "spec.selector", errors);
    }

    private static void SamePorts(JsonObject spec, string type, FieldErrors errors)
    {
        var i = 0;
        foreach (var port in type == "ClusterIP" ? spec.Objects("ports") : [])
        {
            if (port.Int("nodePort") is not (null or 0))
            {
                errors.Forbidden($"spec.ports[{i}].nodePort", "may not be used when `type` is 'ClusterIP'");
            }
            i++;
        }
        var numbers = new HashSet<string>(StringComparer.Ordinal);
        var nodePorts = new HashSet<string>(StringComparer.Ordinal);
        i = 0;
        foreach (var port in spec.Objects("ports"))
        {
            if (port.Int("nodePort") is { } nodePort and not 0 && !nodePorts.Add($"{port.Text("protocol")}/{nodePort}"))
            {
                errors.Duplicate($"spec.ports[{i}].nodePort", nodePort);
            }
            i++;
        }
        i = 0;
        foreach (var port in spec.Objects("ports"))
        {
            var at = $"spec.ports[{i++}]";
            var (number, protocol) = (port.Int("port") ?? 0, port.Text("protocol"));
            if (!numbers.Add($"{protocol}/{number}"))
            {
                errors.Duplicate(at, new JsonObject
                {
                    ["Name"] = "",
                    ["Protocol"] = protocol,
                    ["AppProtocol"] = JsonNull.Instance,
                    ["Port"] = number,
                    ["TargetPort"] = 0,
                    ["NodePort"] = 0,
                });
            }
        }
    }

    private static void Port(JsonObject port, string at, bool needsName, HashSet<string> names, FieldErrors errors)
    {
        var name = port.Text("name");
        if (name.Length == 0)
        {
            if (needsName)
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
        if (port.Int("port") is not (>= 1 and <= 65535))
        {
            errors.Invalid($"{at}.port", port["port"] ?? 0, Names.InRange(1, 65535));
        }
        errors.OneOf($"{at}.protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
        ProbeRules.Port(port["targetPort"], $"{at}.targetPort", errors);
        if (port.String("appProtocol") is { } app)
        {
            errors.Invalid($"{at}.appProtocol", app, Names.QualifiedName(app));
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
        if (affinity == "None" && spec.ContainsKey("sessionAffinityConfig"))
        {
            errors.Forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None");
        }
        const string At = "spec.sessionAffinityConfig";
        if (affinity != "ClientIP")
        {
            return;
        }
        if (spec.Object("sessionAffinityConfig") is not { } config)
        {
            errors.Required(At, "when session affinity type is ClientIP");
        }
        else if (config.Object("clientIP") is not { } client)
        {
            errors.Required($"{At}.clientIP", "when session affinity type is ClientIP");
        }
        else if (client.Int("timeoutSeconds") is not { } timeout)
        {
            errors.Required($"{At}.clientIP.timeoutSeconds", "when session affinity type is ClientIP");
        }
        else if (timeout is <= 0 or > 86400)
        {
            errors.Invalid($"{At}.clientIP.timeoutSeconds", timeout, "must be greater than 0 and less than 86400");
        }
    }
}

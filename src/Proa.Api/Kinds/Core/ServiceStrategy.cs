using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>Services. Cluster addresses and node ports are allocated by the server, between preparation and validation.</summary>
internal sealed class ServiceStrategy() : KindStrategy(new("", "v1", "Service"), new(Namespaced: true, HasStatus: true, CountsGeneration: false))
{
    private const string None = "None";

    public override bool AllowsCreateOnUpdate => true;

    public override IReadOnlyList<string> SelectableFields { get; } = ["spec.clusterIP", "spec.type"];

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = obj.EnsureObject("spec");
        spec.Default("sessionAffinity", None);
        if (spec.String("sessionAffinity") == None)
        {
            spec.Remove("sessionAffinityConfig");
        }
        else if (spec.String("sessionAffinity") == "ClientIP")
        {
            spec.EnsureObject("sessionAffinityConfig").EnsureObject("clientIP").DefaultZero("timeoutSeconds", 10800);
        }
        spec.Default("type", "ClusterIP");
        var type = spec.Text("type");
        foreach (var port in spec.Objects("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["targetPort"] is JsonString { Value.Length: 0 })
            {
                port.Remove("targetPort");
            }
            port.DefaultZero("targetPort", port.Int("port") ?? 0);
        }
        if (type is "NodePort" or "LoadBalancer" || (type == "ClusterIP" && spec.Array("externalIPs") is { Count: > 0 }))
        {
            spec.Default("externalTrafficPolicy", "Cluster");
        }
        if (type is "NodePort" or "LoadBalancer" or "ClusterIP")
        {
            spec.Default("internalTrafficPolicy", "Cluster");
        }
        if (type == "LoadBalancer")
        {
            spec.DefaultUnset("allocateLoadBalancerNodePorts", true);
        }
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        var spec = obj.EnsureObject("spec");
        if (spec.Text("clusterIP") is { Length: > 0 } ip && spec.Array("clusterIPs") is not { Count: > 0 })
        {
            spec["clusterIPs"] = new JsonArray([ip]);
        }
        Families(spec);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        var (spec, before) = (obj.EnsureObject("spec"), old.Object("spec") ?? new JsonObject());
        ClusterIps(spec, before);
        KeepAllocated(spec, before);
        DropForeign(spec, before);
        if (NeedsClusterIp(spec))
        {
            foreach (var name in (ReadOnlySpan<string>)["ipFamilies", "ipFamilyPolicy"])
            {
                if (!spec.ContainsKey(name) && before.TryGet(name, out var value))
                {
                    spec[name] = value.Clone();
                }
            }
            Families(spec);
        }
    }

    protected override string[] NameForm(string name) => Names.DnsLabel(name);

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => ServiceWarnings.Of(obj);

    protected override void Check(JsonObject obj, FieldErrors errors) => ServiceRules.Check(obj, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => ServiceRules.CheckUpdate(obj, old, errors);

    private static bool NeedsClusterIp(JsonObject spec) => spec.Text("type") != "ExternalName";

    private static bool NeedsNodePort(JsonObject spec) =>
        spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && spec.Bool("allocateLoadBalancerNodePorts") != false);

    private static void Families(JsonObject spec)
    {
        if (!NeedsClusterIp(spec))
        {
            return;
        }
        var headless = spec.Text("clusterIP") == None;
        if (spec.Array("ipFamilies") is not { Count: > 0 })
        {
            var first = spec.Array("clusterIPs") is { Count: > 0 } ips && ips[0] is JsonString ip ? ip.Value : "";
            spec["ipFamilies"] = first.Contains(':') ? new JsonArray(["IPv6"])
                : headless && (spec.Object("selector")?.Count ?? 0) == 0 && !spec.ContainsKey("ipFamilyPolicy") ? new JsonArray(["IPv4", "IPv6"])
                : new JsonArray(["IPv4"]);
        }
        spec.Default("ipFamilyPolicy", spec.Array("ipFamilies")!.Count > 1 ? "RequireDualStack" : "SingleStack");
    }

    // The one field and the list of it say the same: whichever changed leads.
    private static void ClusterIps(JsonObject spec, JsonObject before)
    {
        var ip = spec.Text("clusterIP");
        var ips = spec.Array("clusterIPs");
        if (!FieldErrors.Same(ips, before.Array("clusterIPs")) || ip == before.Text("clusterIP"))
        {
            return;
        }
        if (ip.Length == 0)
        {
            spec.Remove("clusterIPs");
        }
        else if (ips is { Count: > 0 })
        {
            ips[0] = ip;
        }
        else
        {
            spec["clusterIPs"] = new JsonArray([ip]);
        }
    }

    private static void KeepAllocated(JsonObject spec, JsonObject before)
    {
        if (NeedsClusterIp(spec) && NeedsClusterIp(before))
        {
            if (spec.Text("clusterIP").Length == 0 && spec.Array("clusterIPs") is not { Count: > 0 })
            {
                spec["clusterIP"] = before["clusterIP"];
            }
            if (spec.Array("clusterIPs") is not { Count: > 0 } && spec.Text("clusterIP") == before.Text("clusterIP"))
            {
                spec["clusterIPs"] = before["clusterIPs"]?.Clone();
            }
        }
        if (NeedsNodePort(spec) && NeedsNodePort(before))
        {
            var taken = spec.Objects("ports").Select(p => p.Int("nodePort") ?? 0).Where(p => p > 0).ToHashSet();
            foreach (var port in spec.Objects("ports"))
            {
                if ((port.Int("nodePort") ?? 0) == 0
                    && before.Objects("ports").FirstOrDefault(p => p.Int("port") == port.Int("port") && p.Text("protocol") == port.Text("protocol")) is { } same
                    && same.Int("nodePort") is { } number and > 0 && taken.Add(number))
                {
                    port["nodePort"] = number;
                }
            }
        }
        if (spec.Text("externalTrafficPolicy") == "Local" && before.Text("externalTrafficPolicy") == "Local" && (spec.Int("healthCheckNodePort") ?? 0) == 0)
        {
            spec["healthCheckNodePort"] = before["healthCheckNodePort"];
        }
    }

    // What the new type has no use for, when the user only left it as it was.
    private static void DropForeign(JsonObject spec, JsonObject before)
    {
        if (NeedsClusterIp(before) && !NeedsClusterIp(spec) && spec.Text("clusterIP") == before.Text("clusterIP"))
        {
            foreach (var name in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"])
            {
                spec.Remove(name);
            }
        }
        if (NeedsNodePort(before) && !NeedsNodePort(spec))
        {
            foreach (var (port, old) in spec.Objects("ports").Zip(before.Objects("ports")))
            {
                if (port.Int("nodePort") == old.Int("nodePort"))
                {
                    port.Remove("nodePort");
                }
            }
        }
        var external = spec.Text("type") is "NodePort" or "LoadBalancer" || spec.Array("externalIPs") is { Count: > 0 };
        if (!external && spec.Text("externalTrafficPolicy") == before.Text("externalTrafficPolicy"))
        {
            spec.Remove("externalTrafficPolicy");
        }
        if (spec.Text("type") != "LoadBalancer")
        {
            foreach (var name in (ReadOnlySpan<string>)["allocateLoadBalancerNodePorts", "loadBalancerClass"])
            {
                if (FieldErrors.Same(spec[name], before[name]))
                {
                    spec.Remove(name);
                }
            }
        }
        if (spec.Text("externalTrafficPolicy") != "Local" && FieldErrors.Same(spec["healthCheckNodePort"], before["healthCheckNodePort"]))
        {
            spec.Remove("healthCheckNodePort");
        }
    }
}

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
            spec.EnsureObject("sessionAffinityConfig").EnsureObject("clientIP").DefaultUnset("timeoutSeconds", 10800);
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
            spec.DefaultUnset("internalTrafficPolicy", "Cluster");
        }
        if (type == "LoadBalancer")
        {
            spec.DefaultUnset("allocateLoadBalancerNodePorts", true);
            foreach (var ingress in obj.Sub("status", "loadBalancer").Objects("ingress"))
            {
                if (ingress.Text("ip").Length > 0)
                {
                    ingress.DefaultUnset("ipMode", "VIP");
                }
            }
        }
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        var spec = obj.EnsureObject("spec");
        ServiceFamilies.Align(spec, null);
        // What is wrong is said where addresses are allocated.
        _ = ServiceFamilies.Complete(spec, null);
        DropInternal(spec);
    }

    /// <summary>A name elsewhere has no traffic of its own: the original never shows the policy. A wrong one is left for the rules.</summary>
    private static void DropInternal(JsonObject spec)
    {
        if (spec.Text("type") == "ExternalName" && spec.Text("internalTrafficPolicy") is "Cluster" or "Local")
        {
            spec.Remove("internalTrafficPolicy");
        }
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        var (spec, before) = (obj.EnsureObject("spec"), old.Object("spec") ?? new JsonObject());
        KeepAllocated(spec, before);
        ServiceFamilies.Align(spec, before);
        _ = ServiceFamilies.Complete(spec, before);
        DropForeign(spec, before);
        DropInternal(spec);
        if (spec.Text("type") != "LoadBalancer")
        {
            obj.Remove("status");
        }
    }

    protected override string[] NameForm(string name) => Names.DnsLabel(name);

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) => ServiceWarnings.Of(obj);

    protected override void Check(JsonObject obj, FieldErrors errors) => ServiceRules.Check(obj, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => ServiceRules.CheckUpdate(obj, old, errors);

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => ServiceStatusRules.Check(obj, errors);

    private static bool NeedsClusterIp(JsonObject spec) => spec.Text("type") != "ExternalName";

    private static bool NeedsNodePort(JsonObject spec) => spec.Text("type") is "NodePort" or "LoadBalancer";

    private static bool NeedsHealthCheck(JsonObject spec) => spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";

    private static bool IsExternal(JsonObject spec) =>
        NeedsNodePort(spec) || (spec.Text("type") == "ClusterIP" && spec.Array("externalIPs") is { Count: > 0 });

    /// <summary>An update that leaves out what was allocated means to keep it; ports keep theirs by name.</summary>
    private static void KeepAllocated(JsonObject spec, JsonObject before)
    {
        if (NeedsClusterIp(spec) && NeedsClusterIp(before))
        {
            if (spec.Text("clusterIP").Length == 0 && before.Text("clusterIP").Length > 0)
            {
                spec["clusterIP"] = before["clusterIP"];
            }
            if (spec.Array("clusterIPs") is not { Count: > 0 } && before.Array("clusterIPs") is { Count: > 0 } ips)
            {
                spec["clusterIPs"] = ips.Clone();
            }
        }
        if (NeedsNodePort(spec) && NeedsNodePort(before))
        {
            var used = Ports(before).Intersect(Ports(spec)).ToHashSet();
            var byName = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var port in before.Objects("ports"))
            {
                byName[port.Text("name")] = port.Int("nodePort") ?? 0;
            }
            foreach (var port in spec.Objects("ports"))
            {
                if ((port.Int("nodePort") ?? 0) == 0 && byName.GetValueOrDefault(port.Text("name")) is var kept and > 0 && !used.Contains(kept))
                {
                    port["nodePort"] = kept;
                }
            }
        }
        if (NeedsHealthCheck(spec) && NeedsHealthCheck(before) && (spec.Int("healthCheckNodePort") ?? 0) == 0 && before["healthCheckNodePort"] is { } health)
        {
            spec["healthCheckNodePort"] = health;
        }
    }

    private static IEnumerable<long> Ports(JsonObject spec) => spec.Objects("ports").Select(static port => port.Int("nodePort") ?? 0).Where(static port => port != 0);

    /// <summary>What the new type has no use for, where the user only left it as it was.</summary>
    private static void DropForeign(JsonObject spec, JsonObject before)
    {
        if (NeedsClusterIp(before) && !NeedsClusterIp(spec))
        {
            if (Unchanged("clusterIP") && Unchanged("clusterIPs"))
            {
                spec.Remove("clusterIP");
                spec.Remove("clusterIPs");
            }
            DropUnchanged("ipFamilies");
            DropUnchanged("ipFamilyPolicy");
        }
        if (NeedsNodePort(before) && !NeedsNodePort(spec) && Ports(spec).All(Ports(before).Contains))
        {
            foreach (var port in spec.Objects("ports"))
            {
                port.Remove("nodePort");
            }
        }
        if (NeedsHealthCheck(before) && !NeedsHealthCheck(spec))
        {
            DropUnchanged("healthCheckNodePort");
        }
        if (before.Text("type") == "LoadBalancer" && spec.Text("type") != "LoadBalancer")
        {
            DropUnchanged("allocateLoadBalancerNodePorts");
            DropUnchanged("loadBalancerClass");
        }
        if (IsExternal(before) && !IsExternal(spec))
        {
            DropUnchanged("externalTrafficPolicy");
        }

        bool Unchanged(string name) => FieldErrors.Same(spec[name], before[name]);

        void DropUnchanged(string name)
        {
            if (Unchanged(name))
            {
                spec.Remove(name);
            }
        }
    }
}

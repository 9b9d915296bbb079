using Proa.Api.Json;
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
            port.DefaultUnset("protocol", "TCP");
        }
    }

    protected override bool WantedStateChanged(JsonObject obj, JsonObject old) =>
        base.WantedStateChanged(obj, old) || !FieldErrors.Same(obj.At("metadata", "labels"), old.At("metadata", "labels"));

    // The node's name lies in a field of its own in this version.
    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        DropTopology(obj, null);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        if (!FieldErrors.Same(obj["endpoints"], old["endpoints"]))
        {
            DropTopology(obj, old);
        }
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old)
    {
        var warnings = new List<string>();
        if (old is null && obj.Text("addressType") == "FQDN")
        {
            warnings.Add("spec.addressType: FQDN endpoints are deprecated");
        }
        if (obj.Sub("metadata", "labels").Text("endpointslice.kubernetes.io/managed-by") is "endpointslice-controller.k8s.io" or "endpointslicemirroring-controller.k8s.io")
        {
            return warnings;
        }
        var i = 0;
        foreach (var endpoint in obj.Objects("endpoints"))
        {
            var j = 0;
            foreach (var address in endpoint.Array("addresses") ?? [])
            {
                if (Addresses.Warning((address as JsonString)?.Value ?? "", $"endpoints[{i}].addresses[{j++}]") is { } warning)
                {
                    warnings.Add(warning);
                }
            }
            i++;
        }
        return warnings;
    }

    protected override void Check(JsonObject obj, FieldErrors errors) => Check(obj, null, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, old, errors);
        errors.Immutable("addressType", obj["addressType"], old["addressType"]);
    }

    private static void Check(JsonObject obj, JsonObject? old, FieldErrors errors)
    {
        var type = obj.Text("addressType");
        errors.OneOf("addressType", type, "FQDN", "IPv4", "IPv6");
        Ports(obj, errors);
        if (old is null || !FieldErrors.Same(obj["endpoints"], old["endpoints"]))
        {
            EndpointRules.Check(obj, type, errors);
        }
    }

    private static void DropTopology(JsonObject obj, JsonObject? old)
    {
        const string Hostname = "kubernetes.io/hostname";
        var known = (old?.Objects("endpoints") ?? []).Select(static endpoint => endpoint.Sub("deprecatedTopology").Text(Hostname)).ToHashSet(StringComparer.Ordinal);
        foreach (var endpoint in obj.Objects("endpoints"))
        {
            var node = endpoint.Sub("deprecatedTopology").Text(Hostname);
            if (node.Length > 0 && !endpoint.ContainsKey("nodeName") && known.Contains(node) && Names.DnsSubdomain(node).Length == 0)
            {
                endpoint["nodeName"] = node;
            }
            endpoint.Remove("deprecatedTopology");
        }
    }

    private static void Ports(JsonObject obj, FieldErrors errors)
    {
        const int Most = 20_000;
        if (obj.Array("ports") is { Count: > Most } many)
        {
            errors.Add(FieldError.TooMany("ports", many.Count, Most));
            return;
        }
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
            if (port.String("appProtocol") is { } application)
            {
                errors.Invalid($"{at}.appProtocol", application, Names.QualifiedName(application));
            }
        }
    }
}

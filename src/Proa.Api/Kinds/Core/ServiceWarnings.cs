using Proa.Api.Json;

namespace Proa.Api.Kinds.Core;

/// <summary>What of a Service is ignored, or should be said in another way.</summary>
internal static class ServiceWarnings
{
    public static List<string> Of(JsonObject obj)
    {
        var (warnings, spec) = (new List<string>(), obj.Sub("spec"));
        var (type, externalIps) = (spec.Text("type"), spec.Array("externalIPs") ?? []);
        var headless = type == "ClusterIP" && spec.Text("clusterIP") == "None";
        if (obj.Sub("metadata", "annotations").ContainsKey("service.kubernetes.io/topology-aware-hints"))
        {
            warnings.Add("annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead");
        }
        if (spec.Text("clusterIP") is not ("" or "None") && type != "ExternalName")
        {
            AddressForms(spec.Array("clusterIPs") ?? [], "spec.clusterIPs", warnings);
        }
        if (headless)
        {
            Ignored(spec.Text("loadBalancerIP").Length > 0, "loadBalancerIP", warnings);
            Ignored(externalIps.Count > 0, "externalIPs", warnings);
            Ignored(spec.Text("sessionAffinity") != "None", "SessionAffinity", warnings);
        }
        AddressForms(externalIps, "spec.externalIPs", warnings);
        if (externalIps.Count > 0 && !headless && type != "ExternalName")
        {
            warnings.Add("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
        }
        if (Addresses.Warning(spec.Text("loadBalancerIP"), "spec.loadBalancerIP") is { } form)
        {
            warnings.Add(form);
        }
        var i = 0;
        foreach (var range in spec.Array("loadBalancerSourceRanges") ?? [])
        {
            if (Addresses.RangeWarning((range as JsonString)?.Value ?? "", $"spec.loadBalancerSourceRanges[{i++}]") is { } wrong)
            {
                warnings.Add(wrong);
            }
        }
        if (type == "ExternalName" && externalIps.Count > 0)
        {
            warnings.Add("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
        }
        if (type != "ExternalName" && spec.Text("externalName").Length > 0)
        {
            warnings.Add("spec.externalName is ignored when spec.type is not \"ExternalName\"");
        }
        if (spec.Text("trafficDistribution") == "PreferClose")
        {
            warnings.Add("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"");
        }
        return warnings;
    }

    private static void Ignored(bool isSet, string field, List<string> warnings)
    {
        if (isSet)
        {
            warnings.Add($"spec.{field} is ignored for headless services");
        }
    }

    private static void AddressForms(JsonArray addresses, string at, List<string> warnings)
    {
        var i = 0;
        foreach (var address in addresses)
        {
            if (Addresses.Warning((address as JsonString)?.Value ?? "", $"{at}[{i++}]") is { } warning)
            {
                warnings.Add(warning);
            }
        }
    }
}

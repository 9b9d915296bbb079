using System.Net;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Core;

/// <summary>What a load balancer may say of where it takes traffic.</summary>
internal static class ServiceStatusRules
{
    public static void Check(JsonObject obj, FieldErrors errors)
    {
        const string At = "status.loadBalancer.ingress";
        var ingresses = obj.Sub("status", "loadBalancer").Objects("ingress").ToList();
        if (obj.Sub("spec").Text("type") != "LoadBalancer" && ingresses.Count > 0)
        {
            errors.Forbidden(At, "may only be used when `spec.type` is 'LoadBalancer'");
            return;
        }
        for (var i = 0; i < ingresses.Count; i++)
        {
            One(ingresses[i], $"{At}[{i}]", errors);
        }
    }

    private static void One(JsonObject ingress, string at, FieldErrors errors)
    {
        var ip = ingress.Text("ip");
        if (ip.Length > 0)
        {
            Addresses.Check(ip, $"{at}.ip", errors);
        }
        var mode = ingress.String("ipMode");
        if (mode is null)
        {
            if (ip.Length > 0)
            {
                errors.Required($"{at}.ipMode", "must be specified when `ip` is set");
            }
        }
        else if (ip.Length == 0)
        {
            errors.Forbidden($"{at}.ipMode", "may not be specified when `ip` is not set");
        }
        else if (mode is not ("VIP" or "Proxy"))
        {
            errors.NotSupported($"{at}.ipMode", mode, "Proxy", "VIP");
        }
        if (ingress.Text("hostname") is { Length: > 0 } name)
        {
            errors.Invalid($"{at}.hostname", name, Names.DnsSubdomain(name));
            if (IPAddress.TryParse(name, out _))
            {
                errors.Invalid($"{at}.hostname", name, "must be a DNS name, not an IP address");
            }
        }
    }
}

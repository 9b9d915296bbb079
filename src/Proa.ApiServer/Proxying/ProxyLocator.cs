using System.Globalization;
using System.Net;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Webhooks;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Proxying;

/// <summary>Finds what a <c>proxy</c> subresource leads to. Reads memory; thread-safe.</summary>
/// <param name="allowsLoopback">For tests alone: nobody may reach this machine's own services through the API.</param>
internal sealed class ProxyLocator(IObjectStore store, ServiceEndpoints services, bool allowsLoopback)
{
    public ApiResult<ProxyTarget> Find(string resource, string ns, string id)
    {
        var singular = resource[..^1];
        if (ProxyName.Parse(id) is not { } name)
        {
            return Statuses.BadRequest($"invalid {singular} request \"{id}\"");
        }
        return resource switch
        {
            "pods" => Pod(ns, name),
            "services" => Service(ns, name),
            _ => Node(name),
        };
    }

    private ApiResult<ProxyTarget> Pod(string ns, ProxyName name)
    {
        if (store.Get(new ObjectKey("pods", ns, name.Name)) is not { } stored)
        {
            return Statuses.NotFound("pods", name.Name);
        }
        var pod = JsonTree.ParseObject(stored.Json.Span);
        var port = name.Port;
        if (port.Length == 0)
        {
            port = pod.Object("spec")?.Array("containers")?.OfType<JsonObject>()
                .Select(static container => (container.Array("ports")?.OfType<JsonObject>().FirstOrDefault())?.Int("containerPort"))
                .FirstOrDefault(static found => found is not null)?.ToString(CultureInfo.InvariantCulture) ?? "";
        }
        return To(name.Scheme, pod.Object("status")?.String("podIP") ?? "", port);
    }

    private ApiResult<ProxyTarget> Service(string ns, ProxyName name)
    {
        if (store.Get(new ObjectKey("services", ns, name.Name)) is not { } stored)
        {
            return Statuses.NotFound("services", name.Name);
        }
        var portName = name.Port;
        if (int.TryParse(name.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var port = JsonTree.ParseObject(stored.Json.Span).Object("spec")?.Array("ports")?.OfType<JsonObject>().FirstOrDefault(item => item.Int("port") == number);
            if (port is null)
            {
                return Unavailable($"no service port {number} found for service \"{name.Name}\"");
            }
            portName = port.String("name") ?? "";
        }
        return services.FindByPortName(ns, name.Name, portName) is { } endpoint
            ? To(name.Scheme, endpoint.Host, endpoint.Port.ToString(CultureInfo.InvariantCulture))
            : Unavailable($"no endpoints available for service \"{name.Name}\"");
    }

    private ApiResult<ProxyTarget> Node(ProxyName name)
    {
        if (store.Get(new ObjectKey("nodes", "", name.Name)) is not { } stored)
        {
            return Statuses.NotFound("nodes", name.Name);
        }
        var status = JsonTree.ParseObject(stored.Json.Span).Object("status");
        var address = "";
        foreach (var type in (ReadOnlySpan<string>)["Hostname", "ExternalIP", "InternalIP"])
        {
            address = status?.Array("addresses")?.OfType<JsonObject>().FirstOrDefault(item => item.String("type") == type)?.String("address") ?? address;
        }
        var agent = status?.Object("daemonEndpoints")?.Object("kubeletEndpoint")?.Int("Port") ?? 0;
        if (name.Port.Length == 0 || name.Port == agent.ToString(CultureInfo.InvariantCulture))
        {
            return agent == 0 ? Unavailable($"node \"{name.Name}\" has no port of its own") : To("https", address, agent.ToString(CultureInfo.InvariantCulture));
        }
        return To(name.Scheme, address, name.Port);
    }

    private ApiResult<ProxyTarget> To(string scheme, string host, string port)
    {
        if (!IPAddress.TryParse(host, out var ip) || !(IsGlobal(ip) || (allowsLoopback && IPAddress.IsLoopback(ip))))
        {
            return Statuses.BadRequest("address not allowed");
        }
        var number = port.Length == 0 ? scheme == "https" ? 443 : 80 : int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : -1;
        return number is > 0 and < 65536
            ? new ProxyTarget(scheme.Length == 0 ? "http" : scheme, host, number)
            : Unavailable($"error trying to reach service: dial tcp: lookup tcp/{port}: unknown port");
    }

    private static bool IsGlobal(IPAddress ip) =>
        !IPAddress.IsLoopback(ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any) && !ip.Equals(IPAddress.Broadcast)
        && !ip.IsIPv6LinkLocal && !ip.IsIPv6Multicast && ip.GetAddressBytes() is var bytes && !(bytes.Length == 4 && (bytes[0] >= 224 || (bytes[0] == 169 && bytes[1] == 254)));

    private static Status Unavailable(string message) => Statuses.Failure(503, "ServiceUnavailable", message);
}

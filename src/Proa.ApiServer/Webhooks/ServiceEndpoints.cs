using System.Net;
using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Webhooks;

/// <summary>
/// Finds who answers for a Service, from its slices: whoever calls from the API server need not go through the service
/// network. Reads memory; thread-safe.
/// </summary>
internal sealed class ServiceEndpoints(IObjectStore store, Random random)
{
    /// <exception cref="WebhookCallException">There is no such service, or nobody answers for it.</exception>
    public DnsEndPoint Resolve(string ns, string name, int port)
    {
        if (store.Get(new ObjectKey("services", ns, name)) is not { } stored)
        {
            throw new WebhookCallException($"service \"{name}\" not found");
        }
        var spec = JsonTree.ParseObject(stored.Json.Span).Object("spec");
        if (spec?.String("type") == "ExternalName")
        {
            return new(spec.String("externalName") ?? "", port);
        }
        var wanted = spec?.Array("ports")?.OfType<JsonObject>().FirstOrDefault(item => item.Int("port") == port)
            ?? throw new WebhookCallException($"no service port {port} found for service \"{name}\"");
        return FindByPortName(ns, name, wanted.String("name") ?? "") ?? throw new WebhookCallException($"no endpoints available for service \"{name}\"");
    }

    /// <summary>One that is ready, by chance; null: none is.</summary>
    public DnsEndPoint? FindByPortName(string ns, string service, string portName)
    {
        var found = new List<DnsEndPoint>();
        foreach (var item in store.List("endpointslices.discovery.k8s.io", ns)!.Items)
        {
            if (!item.Index.Labels.Contains(new("kubernetes.io/service-name", service)))
            {
                continue;
            }
            var slice = JsonTree.ParseObject(item.Json.Span);
            var port = slice.Array("ports")?.OfType<JsonObject>().FirstOrDefault(one => (one.String("name") ?? "") == portName)?.Int("port");
            foreach (var endpoint in slice.Array("endpoints")?.OfType<JsonObject>() ?? [])
            {
                if (port is { } number && endpoint.Object("conditions")?.Bool("ready") != false && endpoint.Array("addresses") is { Count: > 0 } addresses)
                {
                    found.Add(new(((JsonString)addresses[0]).Value, (int)number));
                }
            }
        }
        return found.Count == 0 ? null : found[random.Next(found.Count)];
    }
}

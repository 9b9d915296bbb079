using Proa.Api.Json;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>Whether there is a Service for an extension server, and somebody behind it. Reads memory; thread-safe.</summary>
internal sealed class ServiceCheck(IObjectStore store)
{
    private const string ServiceName = "kubernetes.io/service-name";

    /// <returns>Null: the server may be asked.</returns>
    public AvailableCondition? Find(ExtensionServer server)
    {
        var (ns, name) = (server.Namespace, server.Service);
        if (store.Get(new("services", ns, name)) is not { } stored)
        {
            return AvailableCondition.Failed("ServiceNotFound", $"service/{name} in \"{ns}\" is not present");
        }
        var spec = JsonTree.ParseObject(stored.Json.Span).Object("spec") ?? [];
        if (spec.String("type") is not (null or "ClusterIP"))
        {
            return null;
        }
        var port = spec.Array("ports")?.OfType<JsonObject>().FirstOrDefault(item => item.Int("port") == server.Port);
        if (port is null)
        {
            return AvailableCondition.Failed("ServicePortError", $"service/{name} in \"{ns}\" is not listening on port {server.Port}");
        }
        var portName = port.String("name") ?? "";
        List<JsonObject> slices =
        [
            .. store.List("endpointslices.discovery.k8s.io", ns)!.Items.Where(item => item.Index.Labels.Contains(new(ServiceName, name)))
                .Select(static item => JsonTree.ParseObject(item.Json.Span)),
        ];
        if (slices.Count == 0)
        {
            return AvailableCondition.Failed("EndpointsNotFound", $"cannot find endpointslices for service/{name} in \"{ns}\"");
        }
        return slices.Exists(slice => Answers(slice, portName))
            ? null
            : AvailableCondition.Failed("MissingEndpoints", $"endpointslices for service/{name} in \"{ns}\" have no addresses with port name \"{portName}\"");
    }

    private static bool Answers(JsonObject slice, string portName) =>
        slice.Array("endpoints")?.OfType<JsonObject>().Any(static endpoint => endpoint.Object("conditions")?.Bool("ready") != false) == true
        && slice.Array("ports")?.OfType<JsonObject>().Any(port => (port.String("name") ?? "") == portName && port.Int("port") is not null) == true;
}

using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Models;
using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Proxying;
using Proa.ApiServer.Streams;
using Proa.Client.Node;
using Proa.Store;

namespace Proa.ApiServer.Subresources;

/// <summary>
/// What a node of this process answers at <c>nodes/NAME/proxy/…</c>, where the original's node agent listens on a port of its
/// own: <c>/healthz</c>, <c>/pods</c>, <c>/runningpods/</c>, <c>/configz</c>, <c>/metrics</c> (one process has one set of them) and
/// <c>/containerLogs/NS/POD/CONTAINER</c>. Thread-safe.
/// </summary>
internal sealed class NodePages(IObjectStore store, Func<string, INodeApi?> nodes, IReadOnlyList<IPathEndpoint> endpoints, TimeProvider clock)
{
    /// <param name="id">The node's name, as it was asked for: perhaps with a scheme and a port.</param>
    /// <param name="path">What follows <c>proxy</c>.</param>
    /// <returns>Null: it is not a node of this process, or another of its ports is asked for.</returns>
    public async ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, string id, string path, CancellationToken ct)
    {
        if (ProxyName.Parse(id) is not { } name || nodes(name.Name) is not { } node || store.Get(new ObjectKey("nodes", "", name.Name)) is not { } stored)
        {
            return null;
        }
        var status = JsonTree.ParseObject(stored.Json.Span).Object("status");
        var agent = status?.Object("daemonEndpoints")?.Object("kubeletEndpoint")?.Int("Port") ?? 0;
        if (name.Port.Length > 0 && name.Port != agent.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }
        if (path.Length == 0)
        {
            // The forwarder says that a slash is missing.
            return null;
        }
        if (request.Method is not ("GET" or "HEAD"))
        {
            return ApiResponse.Text(405, "405: Method Not Allowed");
        }
        return path.TrimEnd('/').Split('/') switch
        {
            ["", "healthz"] or ["", "healthz", "ping" or "log" or "syncloop"] => ApiResponse.Text(200, "ok"),
            ["", "pods"] => Pods(name.Name, static _ => true),
            ["", "runningpods"] => Pods(name.Name, static pod => pod.Object("status")?.String("phase") == "Running"),
            ["", "configz"] => Configuration(agent, status),
            ["", "metrics"] => await MetricsAsync(request, ct),
            ["", "containerLogs", var ns, var pod, var container] => Logs(request, node, name.Name, ns, pod, container),
            _ => ApiResponse.Text(404, "404 page not found\n"),
        };
    }

    private BytesResponse Pods(string node, Predicate<JsonObject> wanted)
    {
        var items = new JsonArray();
        foreach (var item in store.List("pods", null)!.Items)
        {
            var pod = JsonTree.ParseObject(item.Json.Span);
            if (pod.Object("spec")?.String("nodeName") == node && wanted(pod))
            {
                items.Add(pod);
            }
        }
        return ApiResponse.Of(200, new JsonObject { ["kind"] = "PodList", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["items"] = items });
    }

    private static BytesResponse Configuration(long port, JsonObject? status)
    {
        var configuration = new JsonObject { ["port"] = new JsonNumber(port), ["kind"] = "KubeletConfiguration", ["apiVersion"] = "kubelet.config.k8s.io/v1beta1" };
        if (long.TryParse(status?.Object("capacity")?.String("pods"), NumberStyles.None, CultureInfo.InvariantCulture, out var pods))
        {
            configuration["maxPods"] = new JsonNumber(pods);
        }
        return ApiResponse.Of(200, new JsonObject { ["kubeletconfig"] = configuration });
    }

    private async ValueTask<ApiResponse> MetricsAsync(ApiRequest request, CancellationToken ct)
    {
        var inner = new ApiRequest { Method = request.Method, Info = new("get", "/metrics"), User = request.User, Http = request.Http };
        foreach (var endpoint in endpoints)
        {
            if (await endpoint.TryHandleAsync(inner, ct) is { } answer)
            {
                return answer;
            }
        }
        return ApiResponse.Text(404, "404 page not found\n");
    }

    private ApiResponse Logs(ApiRequest request, INodeApi node, string nodeName, string ns, string name, string container)
    {
        var pod = store.Get(new ObjectKey("pods", ns, name)) is { } stored ? Model.Read<Pod>(stored.Json) : null;
        if (pod?.Spec?.NodeName != nodeName)
        {
            return ApiResponse.Text(404, $"pod \"{name}\" does not exist\n");
        }
        return Has(pod, container) ? LogEndpoint.Handle(request, pod, container, node, clock)
            : ApiResponse.Text(404, $"container \"{container}\" not found in pod \"{name}\"\n");
    }

    private static bool Has(Pod pod, string container) =>
        pod.Spec!.Containers.Any(one => one.Name == container) || (pod.Spec.InitContainers ?? []).Any(one => one.Name == container)
        || (pod.Spec.EphemeralContainers ?? []).Any(one => one.Name == container);
}

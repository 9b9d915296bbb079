using Proa.Api.Models.Core;
using Proa.ApiServer.Pipeline;
using Proa.Client.Node;

namespace Proa.ApiServer.Streams;

/// <summary>The subresources of a pod that are streams: log, exec, attach and portforward. Thread-safe.</summary>
public sealed class PodStreams(Func<string, INodeApi?> nodes, TimeProvider time)
{
    public static bool Serves(string subresource) => subresource is "log" or "exec" or "attach" or "portforward";

    /// <param name="request">Came over HTTP, for a subresource that <see cref="Serves"/> names.</param>
    /// <param name="pod">The pod as it stands.</param>
    public ApiResponse Handle(ApiRequest request, Pod pod)
    {
        if (request.Http is null)
        {
            return ApiResponse.Of(StreamStatus.Failure(400, "BadRequest", $"{request.Info.Subresource} needs an HTTP connection"));
        }
        var isLog = request.Info.Subresource == "log";
        string? container = null;
        if (request.Info.Subresource != "portforward")
        {
            (container, var refusal) = PodContainer.Find(pod, request.Query["container"]);
            if (container is null)
            {
                return ApiResponse.Of(refusal!);
            }
        }
        if (string.IsNullOrEmpty(pod.Spec.NodeName))
        {
            return isLog
                ? ApiResponse.Text(204, "")
                : ApiResponse.Of(StreamStatus.Failure(400, "BadRequest", $"pod {pod.Metadata.Name} does not have a host assigned"));
        }
        if (nodes(pod.Spec.NodeName) is not { } node)
        {
            return ApiResponse.Of(StreamStatus.Failure(
                500, "InternalError", $"Internal error occurred: the agent of node \"{pod.Spec.NodeName}\" cannot be reached"));
        }
        return request.Info.Subresource switch
        {
            "log" => LogEndpoint.Handle(request, pod, container!, node, time),
            "portforward" => PortForwardEndpoint.Handle(request, pod, node, time),
            _ => ExecEndpoint.Handle(request, pod, container!, node, time),
        };
    }
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Streams;

/// <summary>Which container of a pod a client means. Pure.</summary>
internal static class PodContainer
{
    /// <param name="asked">Null or empty: the only one.</param>
    public static (string? Name, Status? Refusal) Find(Pod pod, string? asked)
    {
        var spec = pod.Spec;
        if (!string.IsNullOrEmpty(asked))
        {
            return Names(spec).Contains(asked)
                ? (asked, null)
                : (null, BadRequest($"container {asked} is not valid for pod {pod.Metadata.Name}"));
        }
        return spec.Containers.Count switch
        {
            1 => (spec.Containers[0].Name, null),
            0 => (null, BadRequest($"a container name must be specified for pod {pod.Metadata.Name}")),
            _ => (null, BadRequest($"a container name must be specified for pod {pod.Metadata.Name}, choose one of: [{string.Join(' ', Names(spec))}]")),
        };
    }

    private static IEnumerable<string> Names(PodSpec spec) =>
        spec.InitContainers.Select(c => c.Name).Concat(spec.Containers.Select(c => c.Name)).Concat(spec.EphemeralContainers.Select(c => c.Name));

    private static Status BadRequest(string message) => StreamStatus.Failure(400, "BadRequest", message);
}

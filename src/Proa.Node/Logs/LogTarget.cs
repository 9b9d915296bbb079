using Proa.Api.Models.Core;
using Proa.Client.Node;

namespace Proa.Node.Logs;

/// <summary>Decides which container's log is meant, from what a pod's status says. Pure; the refusals are the original's.</summary>
internal static class LogTarget
{
    /// <returns>The runtime's id of the container, or why it has no log.</returns>
    public static (string? ContainerId, NodeError? Error) Find(Pod pod, string container, bool previous)
    {
        var name = pod.Metadata.Name;
        var status = Status(pod.Status.ContainerStatuses, container)
            ?? Status(pod.Status.InitContainerStatuses, container)
            ?? Status(pod.Status.EphemeralContainerStatuses, container);
        if (status is null)
        {
            return Refuse($"container \"{container}\" in pod \"{name}\" is not available");
        }
        var last = status.LastState.Terminated;
        if (previous)
        {
            return string.IsNullOrEmpty(last?.ContainerID)
                ? Refuse($"previous terminated container \"{container}\" in pod \"{name}\" not found")
                : Found(last.ContainerID);
        }
        if (status.State.Running is not null)
        {
            return Found(status.ContainerID);
        }
        if (status.State.Terminated is { } terminated)
        {
            // When the next one could not even be created, the one before it is of interest.
            var id = string.IsNullOrEmpty(terminated.ContainerID) ? last?.ContainerID : terminated.ContainerID;
            return string.IsNullOrEmpty(id) ? Refuse($"container \"{container}\" in pod \"{name}\" is terminated") : Found(id);
        }
        if (last is not null)
        {
            return string.IsNullOrEmpty(last.ContainerID)
                ? Refuse($"container \"{container}\" in pod \"{name}\" is terminated")
                : Found(last.ContainerID);
        }
        return Refuse(status.State.Waiting switch
        {
            { Reason: "ErrImagePull" } => $"container \"{container}\" in pod \"{name}\" is waiting to start: image can't be pulled",
            { Reason: "ImagePullBackOff" } => $"container \"{container}\" in pod \"{name}\" is waiting to start: trying and failing to pull image",
            { } waiting => $"container \"{container}\" in pod \"{name}\" is waiting to start: {waiting.Reason}",
            null => $"container \"{container}\" in pod \"{name}\" is waiting to start - no logs yet",
        });
    }

    /// <summary>A status's id carries the runtime's name: <c>containerd://0123…</c>.</summary>
    public static string IdOf(string statusId) => statusId.IndexOf("://", StringComparison.Ordinal) is var mark and >= 0 ? statusId[(mark + 3)..] : statusId;

    private static (string?, NodeError?) Found(string? id) =>
        string.IsNullOrEmpty(id) ? Refuse("the container has no id yet") : (IdOf(id), null);

    private static (string?, NodeError?) Refuse(string message) => (null, new NodeError(400, "BadRequest", message));

    private static ContainerStatus? Status(IReadOnlyList<ContainerStatus> statuses, string name)
    {
        for (var i = 0; i < statuses.Count; i++)
        {
            if (statuses[i].Name == name)
            {
                return statuses[i];
            }
        }
        return null;
    }
}

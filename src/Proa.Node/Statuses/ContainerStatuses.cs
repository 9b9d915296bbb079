using Proa.Api.Models.Core;
using Proa.Node.Pods;

namespace Proa.Node.Statuses;

/// <summary>Makes the status of each container. Pure.</summary>
internal static class ContainerStatuses
{
    public const string IdPrefix = "containerd://";
    private const string Lost = "The container could not be located when the pod was terminated";

    public static ContainerStatus Of(PodStatusInput input, PodContainer container)
    {
        var latest = input.Seen.Latest(container.Name);
        if (latest is null)
        {
            return Absent(input, container);
        }
        var state = StateOf(latest);
        var last = input.Seen.Previous(container.Name) is { } previous ? Terminated(previous) : null;
        if (latest.State != RunState.Running && !input.Ending && input.Waiting.TryGetValue(container.Name, out var waiting)
            && PodPlanner.MayRestart(input.Pod, container.Kind, latest))
        {
            last = state.Terminated ?? last;
            state = new() { Waiting = waiting };
        }
        var running = latest.State == RunState.Running;
        var health = running ? input.Health(latest) : default;
        return new()
        {
            Name = container.Name,
            State = state,
            LastState = last is null ? ContainerState.Empty : new() { Terminated = last },
            Ready = container.Kind switch
            {
                ContainerKind.Init => latest is { State: RunState.Exited, ExitCode: 0 },
                ContainerKind.Ephemeral => false,
                _ => running && health.Started && health.Ready,
            },
            Started = container.Kind switch
            {
                ContainerKind.Ephemeral => null,
                ContainerKind.Init => running,
                _ => running && health.Started,
            },
            RestartCount = latest.Attempt,
            Image = latest.Image.Length > 0 ? latest.Image : container.Spec.Image ?? "",
            ImageID = latest.ImageRef,
            ContainerID = IdPrefix + latest.Id,
            Resources = container.Spec.Resources,
            AllocatedResources = container.Spec.Resources.Requests,
            VolumeMounts = Mounts(container.Spec),
        };
    }

    private static ContainerStatus Absent(PodStatusInput input, PodContainer container)
    {
        var known = Find(input.Pod.Status, container.Name);
        if (known is { State.Terminated: not null } && (input.Ending || IsOver(input.Pod)))
        {
            return known;
        }
        if (known is { State.Running: not null } && input.Ending)
        {
            return known with
            {
                Ready = false,
                Started = false,
                State = new() { Terminated = new() { ExitCode = 137, Reason = "ContainerStatusUnknown", Message = Lost, ContainerID = known.ContainerID } },
            };
        }
        var waiting = input.Waiting.TryGetValue(container.Name, out var reason) && !input.Ending ? reason
            : new ContainerStateWaiting { Reason = input.Pod.Spec.InitContainers.Count > 0 ? "PodInitializing" : "ContainerCreating" };
        return new()
        {
            Name = container.Name,
            State = new() { Waiting = waiting },
            Image = container.Spec.Image ?? "",
            Started = container.Kind == ContainerKind.Ephemeral ? null : false,
            RestartCount = known?.RestartCount ?? 0,
            LastState = known?.LastState ?? ContainerState.Empty,
            VolumeMounts = Mounts(container.Spec),
        };
    }

    private static ContainerState StateOf(ContainerRecord record) => record.State switch
    {
        RunState.Running => new() { Running = new() { StartedAt = Whole(record.StartedAt) } },
        RunState.Exited => new() { Terminated = Terminated(record) },
        RunState.Created => new() { Waiting = new() { Reason = "ContainerCreating" } },
        _ => new() { Terminated = new() { ExitCode = 137, Reason = "ContainerStatusUnknown", Message = Lost, ContainerID = IdPrefix + record.Id } },
    };

    private static ContainerStateTerminated? Terminated(ContainerRecord record) => record.State != RunState.Exited ? null : new()
    {
        ContainerID = IdPrefix + record.Id,
        ExitCode = record.ExitCode,
        Reason = record.Reason.Length > 0 ? record.Reason : record.ExitCode == 0 ? "Completed" : "Error",
        Message = record.Message.Length > 0 ? record.Message : null,
        // A container that never started has the epoch here, as users know it.
        StartedAt = Whole(record.StartedAt) ?? DateTimeOffset.UnixEpoch,
        FinishedAt = Whole(record.FinishedAt) ?? DateTimeOffset.UnixEpoch,
    };

    private static IReadOnlyList<VolumeMountStatus> Mounts(Container spec)
    {
        if (spec.VolumeMounts.Count == 0)
        {
            return [];
        }
        var mounts = new List<VolumeMountStatus>(spec.VolumeMounts.Count);
        foreach (var mount in spec.VolumeMounts)
        {
            mounts.Add(new()
            {
                Name = mount.Name,
                MountPath = mount.MountPath,
                ReadOnly = mount.ReadOnly == true ? true : null,
                RecursiveReadOnly = mount.ReadOnly == true ? mount.RecursiveReadOnly == "Enabled" ? "Enabled" : "Disabled" : null,
            });
        }
        return mounts;
    }

    private static ContainerStatus? Find(PodStatus status, string name)
    {
        foreach (var list in (IReadOnlyList<ContainerStatus>[])[status.ContainerStatuses, status.InitContainerStatuses, status.EphemeralContainerStatuses])
        {
            foreach (var known in list)
            {
                if (known.Name == name)
                {
                    return known;
                }
            }
        }
        return null;
    }

    private static bool IsOver(Pod pod) => pod.Status.Phase is "Succeeded" or "Failed";

    /// <summary>Times in the API are whole seconds; compared with what was written they must be, too.</summary>
    private static DateTimeOffset? Whole(DateTimeOffset? time) => time is { } t ? t.AddTicks(-(t.Ticks % TimeSpan.TicksPerSecond)) : null;
}

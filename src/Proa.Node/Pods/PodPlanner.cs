using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>
/// Decides what a pod needs next, from its specification, what the runtime holds and what probes say. Pure. The rules are
/// the original's (kubelet's computePodActions): a lost sandbox takes its containers with it and init containers run
/// anew; init containers start one by one; a running container is stopped for a changed image or a failed probe; one
/// that ended is started again as its restart policy says.
/// </summary>
internal static class PodPlanner
{
    public static PodPlan Plan(Pod pod, PodObservation seen, Func<ContainerRecord, ContainerHealth> health)
    {
        if (seen.ReadySandbox is not { } sandbox)
        {
            return PlanSandbox(pod, seen);
        }
        var kills = new List<ContainerKill>();
        var starts = new List<PodContainer>();
        foreach (var spec in pod.Spec.EphemeralContainers)
        {
            if (seen.Latest(spec.Name) is null)
            {
                starts.Add(PodContainer.Ephemeral(spec));
            }
        }
        if (!PlanInit(pod, seen, sandbox, health, kills, starts))
        {
            return new() { Kills = kills, Starts = starts };
        }
        var kept = 0;
        foreach (var spec in pod.Spec.Containers)
        {
            var before = starts.Count;
            var runs = PlanContainer(pod, PodContainer.Main(spec), InSandbox(seen, sandbox, spec.Name), health, kills, starts);
            kept += runs || starts.Count > before ? 1 : 0;
        }
        // Nothing runs and nothing will: sidecars and the sandbox have no purpose left.
        return kept == 0 ? new() { KillPod = true } : new() { Kills = kills, Starts = starts };
    }

    /// <summary>Whether all that was to be done is done, well or not, for good.</summary>
    public static bool IsFinished(Pod pod, PodObservation seen)
    {
        foreach (var spec in pod.Spec.InitContainers)
        {
            if (spec.RestartPolicy != "Always" && seen.Latest(spec.Name) is { State: RunState.Exited } latest && latest.ExitCode != 0
                && pod.Spec.RestartPolicy == "Never")
            {
                return true;
            }
        }
        foreach (var spec in pod.Spec.Containers)
        {
            if (seen.Latest(spec.Name) is not { State: RunState.Exited } latest || MayRestart(pod, ContainerKind.Main, latest))
            {
                return false;
            }
        }
        return true;
    }

    public static bool MayRestart(Pod pod, ContainerKind kind, ContainerRecord? ended) => ended switch
    {
        null => true,
        { State: RunState.Running } => false,
        _ when kind == ContainerKind.Sidecar => true,
        _ when kind == ContainerKind.Ephemeral => false,
        { State: RunState.Unknown or RunState.Created } => true,
        _ => pod.Spec.RestartPolicy switch
        {
            "Never" => false,
            "OnFailure" => ended.ExitCode != 0,
            _ => kind != ContainerKind.Init || ended.ExitCode != 0,
        },
    };

    private static PodPlan PlanSandbox(Pod pod, PodObservation seen)
    {
        var last = seen.Sandboxes.Count > 0 ? seen.Sandboxes[0] : null;
        // What ran is lost with its sandbox; with restartPolicy Never it must not run twice.
        if (IsFinished(pod, seen) || (last is not null && pod.Spec.RestartPolicy == "Never" && seen.Containers.Count > 0))
        {
            return new() { KillPod = true };
        }
        var kills = new List<ContainerKill>();
        foreach (var record in seen.Containers)
        {
            if (record.State == RunState.Running)
            {
                kills.Add(new(record, "Pod sandbox changed, it will be killed and re-created."));
            }
        }
        return new() { NewSandboxAttempt = last is null ? 0 : last.Attempt + 1, Kills = kills };
    }

    /// <returns>Whether the main containers may run.</returns>
    private static bool PlanInit(
        Pod pod, PodObservation seen, SandboxRecord sandbox, Func<ContainerRecord, ContainerHealth> health, List<ContainerKill> kills, List<PodContainer> starts)
    {
        var mainsBegan = false;
        foreach (var spec in pod.Spec.Containers)
        {
            mainsBegan |= InSandbox(seen, sandbox, spec.Name) is not null;
        }
        foreach (var spec in pod.Spec.InitContainers)
        {
            var container = PodContainer.Init(spec);
            var latest = InSandbox(seen, sandbox, spec.Name);
            if (container.Kind == ContainerKind.Sidecar)
            {
                PlanContainer(pod, container, latest, health, kills, starts);
                if (!mainsBegan && (latest is not { State: RunState.Running } || !health(latest).Started))
                {
                    return false;
                }
                continue;
            }
            if (mainsBegan || latest is { State: RunState.Exited, ExitCode: 0 })
            {
                continue;
            }
            if (latest is null || MayRestart(pod, ContainerKind.Init, latest))
            {
                starts.Add(container);
            }
            else if (latest.State == RunState.Running && latest.Hash != ContainerHash.Of(spec))
            {
                kills.Add(new(latest, "Init container image has changed, will be restarted"));
            }
            return false;
        }
        return true;
    }

    /// <returns>Whether the container goes on running, or is being stopped for good.</returns>
    private static bool PlanContainer(
        Pod pod, PodContainer container, ContainerRecord? latest, Func<ContainerRecord, ContainerHealth> health, List<ContainerKill> kills, List<PodContainer> starts)
    {
        if (latest is not { State: RunState.Running })
        {
            if (MayRestart(pod, container.Kind, latest))
            {
                starts.Add(container);
            }
            return false;
        }
        var state = health(latest);
        string message;
        var restart = true;
        if (latest.Hash != ContainerHash.Of(container.Spec))
        {
            message = $"Container {container.Name} definition changed";
        }
        else if (state.LivenessFailed || state.StartupFailed)
        {
            message = $"Container {container.Name} failed {(state.LivenessFailed ? "liveness" : "startup")} probe";
            restart = container.Kind == ContainerKind.Sidecar || pod.Spec.RestartPolicy != "Never";
        }
        else
        {
            return true;
        }
        kills.Add(new(latest, restart ? message + ", will be restarted" : message));
        if (restart)
        {
            starts.Add(container);
        }
        return !restart;
    }

    /// <summary>What ran in an earlier sandbox counts as not there: the pod begins anew in the new one.</summary>
    private static ContainerRecord? InSandbox(PodObservation seen, SandboxRecord sandbox, string name)
    {
        var latest = seen.Latest(name);
        return latest?.SandboxId == sandbox.Id ? latest : null;
    }
}

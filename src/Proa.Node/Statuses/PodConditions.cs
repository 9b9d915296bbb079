using Proa.Api.Models.Core;
using Proa.Node.Pods;

namespace Proa.Node.Statuses;

/// <summary>A pod's conditions, in the order in which the original shows them. Pure.</summary>
internal static class PodConditions
{
    private static readonly string[] s_own = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

    public static IReadOnlyList<PodCondition> Of(
        PodStatusInput input, string phase, IReadOnlyList<ContainerStatus> init, IReadOnlyList<ContainerStatus> main)
    {
        var pod = input.Pod;
        var containersReady = ContainersReady(pod, phase, init, main);
        var sandbox = input.Seen.ReadySandbox;
        PodCondition[] own =
        [
            new() { Type = s_own[0], Status = Text(sandbox is not null && (sandbox.Ips.Count > 0 || pod.Spec.HostNetwork == true)) },
            Initialized(pod, phase, init, main) with { Type = s_own[1] },
            Ready(pod, containersReady) with { Type = s_own[2] },
            containersReady with { Type = s_own[3] },
            new() { Type = s_own[4], Status = "True" },
        ];
        var conditions = new List<PodCondition>();
        foreach (var other in pod.Status.Conditions)
        {
            if (Array.IndexOf(s_own, other.Type) < 0)
            {
                conditions.Add(other);
            }
        }
        foreach (var condition in own)
        {
            var old = Find(pod, condition.Type);
            conditions.Add(condition with
            {
                ObservedGeneration = pod.Metadata.Generation,
                LastTransitionTime = old?.Status == condition.Status && old.LastTransitionTime is { } since
                    ? since
                    : input.Now.AddTicks(-(input.Now.Ticks % TimeSpan.TicksPerSecond)),
            });
        }
        return conditions;
    }

    /// <summary>Whether the condition is the node agent's to write.</summary>
    public static bool IsOwn(string type) => Array.IndexOf(s_own, type) >= 0;

    private static PodCondition Initialized(Pod pod, string phase, IReadOnlyList<ContainerStatus> init, IReadOnlyList<ContainerStatus> main)
    {
        if (phase == "Succeeded")
        {
            return new() { Status = "True", Reason = "PodCompleted" };
        }
        foreach (var status in main)
        {
            // Once a main container ran, initialization is over, whatever became of the init containers since.
            if (status.State.Running is not null || status.State.Terminated is not null || status.LastState.Terminated is not null)
            {
                return new() { Status = "True" };
            }
        }
        var incomplete = new List<string>();
        for (var i = 0; i < init.Count; i++)
        {
            var sidecar = pod.Spec.InitContainers[i].RestartPolicy == "Always";
            if (sidecar ? init[i].Started != true : !init[i].Ready)
            {
                incomplete.Add(init[i].Name);
            }
        }
        return incomplete.Count == 0 ? new() { Status = "True" } : new()
        {
            Status = "False",
            Reason = "ContainersNotInitialized",
            Message = $"containers with incomplete status: [{string.Join(' ', incomplete)}]",
        };
    }

    private static PodCondition ContainersReady(Pod pod, string phase, IReadOnlyList<ContainerStatus> init, IReadOnlyList<ContainerStatus> main)
    {
        if (phase is "Succeeded" or "Failed")
        {
            return new() { Status = "False", Reason = phase == "Succeeded" ? "PodCompleted" : "PodFailed" };
        }
        var unready = new List<string>();
        for (var i = 0; i < init.Count; i++)
        {
            if (pod.Spec.InitContainers[i].RestartPolicy == "Always" && !init[i].Ready)
            {
                unready.Add(init[i].Name);
            }
        }
        foreach (var spec in pod.Spec.Containers)
        {
            foreach (var status in main)
            {
                if (status.Name == spec.Name && !status.Ready)
                {
                    unready.Add(status.Name);
                }
            }
        }
        return unready.Count == 0 ? new() { Status = "True" } : new()
        {
            Status = "False",
            Reason = "ContainersNotReady",
            Message = $"containers with unready status: [{string.Join(' ', unready)}]",
        };
    }

    private static PodCondition Ready(Pod pod, PodCondition containersReady)
    {
        if (containersReady.Status != "True")
        {
            return containersReady;
        }
        var missing = new List<string>();
        foreach (var gate in pod.Spec.ReadinessGates)
        {
            if (Find(pod, gate.ConditionType) is not { } condition)
            {
                missing.Add($"corresponding condition of pod readiness gate \"{gate.ConditionType}\" does not exist.");
            }
            else if (condition.Status != "True")
            {
                missing.Add($"the status of pod readiness gate \"{gate.ConditionType}\" is not \"True\", but {condition.Status}");
            }
        }
        return missing.Count == 0 ? containersReady
            : new() { Status = "False", Reason = "ReadinessGatesNotReady", Message = string.Join(", ", missing) };
    }

    private static PodCondition? Find(Pod pod, string type)
    {
        foreach (var condition in pod.Status.Conditions)
        {
            if (condition.Type == type)
            {
                return condition;
            }
        }
        return null;
    }

    private static string Text(bool value) => value ? "True" : "False";
}

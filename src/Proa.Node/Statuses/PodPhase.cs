using Proa.Api.Models.Core;

namespace Proa.Node.Statuses;

/// <summary>A pod's phase from its containers' statuses. Pure; the rule is kubelet's getPhase.</summary>
internal static class PodPhase
{
    public static string Of(Pod pod, IReadOnlyList<ContainerStatus> init, IReadOnlyList<ContainerStatus> main, bool ending)
    {
        var pendingInit = false;
        var failedInit = false;
        for (var i = 0; i < init.Count; i++)
        {
            if (pod.Spec.InitContainers[i].RestartPolicy == "Always")
            {
                pendingInit |= init[i].Started != true && init[i].State.Terminated is null;
                continue;
            }
            var ended = init[i].State.Terminated ?? (init[i].State.Waiting is null ? null : init[i].LastState.Terminated);
            failedInit |= ended is { ExitCode: not 0 };
            pendingInit |= ended is null || (ended.ExitCode != 0 && pod.Spec.RestartPolicy != "Never");
        }
        if (failedInit && pod.Spec.RestartPolicy == "Never")
        {
            return "Failed";
        }
        int running = 0, waiting = 0, stopped = 0, succeeded = 0;
        foreach (var status in main)
        {
            if (status.State.Running is not null)
            {
                running++;
            }
            else if ((status.State.Terminated ?? status.LastState.Terminated) is { } ended)
            {
                stopped++;
                succeeded += ended.ExitCode == 0 ? 1 : 0;
            }
            else
            {
                waiting++;
            }
        }
        if (ending && running == 0)
        {
            return stopped > 0 && stopped == succeeded && waiting == 0 ? "Succeeded" : "Failed";
        }
        if ((pendingInit && running == 0 && stopped == 0) || waiting > 0)
        {
            return "Pending";
        }
        if (running > 0)
        {
            return "Running";
        }
        return pod.Spec.RestartPolicy switch
        {
            "Never" => stopped == succeeded ? "Succeeded" : "Failed",
            "OnFailure" => stopped == succeeded ? "Succeeded" : "Running",
            _ => "Running",
        };
    }
}

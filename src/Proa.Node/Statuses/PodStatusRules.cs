using Proa.Api.Models.Core;
using Proa.Node.Pods;

namespace Proa.Node.Statuses;

/// <summary>Makes a pod's status from its specification and what is known of it. Pure: equal inputs, equal status.</summary>
internal static class PodStatusRules
{
    public static PodStatus Of(PodStatusInput input)
    {
        var pod = input.Pod;
        var init = new List<ContainerStatus>();
        var main = new List<ContainerStatus>();
        var ephemeral = new List<ContainerStatus>();
        foreach (var container in PodContainer.All(pod))
        {
            var list = container.Kind switch { ContainerKind.Main => main, ContainerKind.Ephemeral => ephemeral, _ => init };
            list.Add(ContainerStatuses.Of(input, container));
        }
        main.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        ephemeral.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var old = pod.Status;
        var phase = old.Phase is "Succeeded" or "Failed" ? old.Phase
            : input.Failure is not null ? "Failed"
            : PodPhase.Of(pod, init, main, input.Ending);
        var failure = input.Failure;
        if (phase is "Succeeded" or "Failed" && input.Seen.AnyRunning)
        {
            // The end is told when nothing runs any more: who frees a pod's resources relies on it.
            phase = old.Phase ?? "Running";
            failure = null;
        }
        var ips = Ips(input);
        var next = old with
        {
            ObservedGeneration = pod.Metadata.Generation,
            Phase = phase,
            Reason = failure?.Reason ?? old.Reason,
            Message = failure?.Message ?? old.Message,
            Conditions = PodConditions.Of(input, phase, init, main),
            ContainerStatuses = main,
            InitContainerStatuses = init,
            EphemeralContainerStatuses = ephemeral,
            HostIP = input.HostIps.Count > 0 ? input.HostIps[0] : null,
            HostIPs = [.. input.HostIps.Select(ip => new HostIP { Ip = ip })],
            PodIP = ips.Count > 0 ? ips[0] : null,
            PodIPs = [.. ips.Select(ip => new PodIP { Ip = ip })],
            QosClass = PodQos.Of(pod),
            StartTime = old.StartTime ?? input.Now.AddTicks(-(input.Now.Ticks % TimeSpan.TicksPerSecond)),
            AllocatedResources = PodResources.Allocated(pod.Spec),
        };
        return next with { Resources = PodResources.Of(pod.Spec, old, next) };
    }

    private static IReadOnlyList<string> Ips(PodStatusInput input)
    {
        if (input.Pod.Spec.HostNetwork == true)
        {
            return input.Seen.Sandboxes.Count > 0 ? input.HostIps : [];
        }
        return input.Seen.Sandboxes.Count > 0 && input.Seen.Sandboxes[0].Ips.Count > 0
            ? input.Seen.Sandboxes[0].Ips
            : [.. input.Pod.Status.PodIPs.Select(ip => ip.Ip)];
    }
}

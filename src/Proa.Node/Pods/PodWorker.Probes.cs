using Proa.Api.Models.Core;
using Proa.Node.Probes;
using Proa.Node.Statuses;

namespace Proa.Node.Pods;

/// <summary>The probes of the pod's running containers.</summary>
internal sealed partial class PodWorker
{
    private ContainerHealth HealthOf(ContainerRecord record)
    {
        if (_probes.TryGetValue(record.Id, out var probes))
        {
            return probes.Health;
        }
        return ContainerHealth.Unprobed;
    }

    private void StartProbes(PodContainer container, ContainerRecord record, ContainerHealth? known)
    {
        var spec = container.Spec;
        if (container.Kind is ContainerKind.Main or ContainerKind.Sidecar
            && (spec.LivenessProbe ?? spec.ReadinessProbe ?? spec.StartupProbe) is not null)
        {
            _probes[record.Id] = new(
                container, record, known, () => new(_pod, spec, record.Id, Ip), _services.Probes, _services.Events, _services.Time, OnProbed);
        }
    }

    /// <summary>A container that goes on running over a restart of Proa is as ready as it was last told to be.</summary>
    private void StartProbesOfAdopted()
    {
        foreach (var container in PodContainer.All(_pod))
        {
            if (_seen.Latest(container.Name) is not { State: RunState.Running } record)
            {
                continue;
            }
            ContainerHealth? known = null;
            foreach (var list in (IReadOnlyList<ContainerStatus>[])[_pod.Status.ContainerStatuses, _pod.Status.InitContainerStatuses])
            {
                foreach (var status in list)
                {
                    if (status.ContainerID == ContainerStatuses.IdPrefix + record.Id)
                    {
                        known = new(status.Started == true, status.Ready, false, false);
                    }
                }
            }
            StartProbes(container, record, known);
        }
    }

    private void OnProbed()
    {
        Publish();
        Wake();
    }

    private void StopProbes()
    {
        foreach (var probes in _probes.Values)
        {
            probes.Dispose();
        }
    }
}

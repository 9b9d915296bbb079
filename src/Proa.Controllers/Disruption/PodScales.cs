using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Controllers.Common;

namespace Proa.Controllers.Disruption;

/// <summary>How many pods there are meant to be, by those who control them.</summary>
internal sealed class PodScales(
    IInformer<ReplicaSet> replicaSets, IInformer<Deployment> deployments, IInformer<StatefulSet> statefulSets, IInformer<ReplicationController> replicationControllers)
{
    /// <returns>The sum over the controllers of the pods; null when a pod has none whose scale is known.</returns>
    public int? Expected(IReadOnlyList<Pod> pods)
    {
        var scales = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (Scale(pod) is not { } scale)
            {
                return null;
            }
            scales[scale.Uid] = scale.Replicas;
        }
        return scales.Values.Sum();
    }

    private (string Uid, int Replicas)? Scale(Pod pod)
    {
        var ns = pod.Metadata.Namespace;
        var owner = Owners.ControllerOf(pod.Metadata);
        if (Owners.Resolve(replicaSets, ns, owner) is { } set)
        {
            return Owners.Resolve(deployments, ns, Owners.ControllerOf(set.Metadata)) is { } deployment
                ? (deployment.Metadata.Uid!, deployment.Spec.Replicas ?? 1)
                : (set.Metadata.Uid!, set.Spec.Replicas ?? 1);
        }
        if (Owners.Resolve(replicationControllers, ns, owner) is { } controller)
        {
            return (controller.Metadata.Uid!, controller.Spec.Replicas ?? 1);
        }
        return Owners.Resolve(statefulSets, ns, owner) is { } stateful ? (stateful.Metadata.Uid!, stateful.Spec.Replicas ?? 1) : null;
    }
}

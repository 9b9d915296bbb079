using Proa.Api.Models.Apps;
using Proa.Api.Models.Core;
using Proa.Controllers.ReplicaSets;

namespace Proa.Controllers.ReplicationControllers;

/// <summary>A replication controller is the elder form of a replica set: its selector has equalities only, and it counts no pods that end.</summary>
internal sealed class ReplicationControllerKind : IReplicaKind<ReplicationController>
{
    public ReplicaSet View(ReplicationController owner) => new()
    {
        Metadata = owner.Metadata,
        Spec = new()
        {
            Replicas = owner.Spec.Replicas,
            MinReadySeconds = owner.Spec.MinReadySeconds,
            Selector = new() { MatchLabels = owner.Spec.Selector },
            Template = owner.Spec.Template ?? PodTemplateSpec.Empty,
        },
        Status = new() { Conditions = [.. owner.Status.Conditions.Select(View)] },
    };

    public ReplicationController WithStatus(ReplicationController owner, ReplicaSetStatus status) => owner with
    {
        Status = owner.Status with
        {
            Replicas = status.Replicas,
            FullyLabeledReplicas = status.FullyLabeledReplicas,
            ReadyReplicas = status.ReadyReplicas,
            AvailableReplicas = status.AvailableReplicas,
            ObservedGeneration = status.ObservedGeneration,
            Conditions = [.. status.Conditions.Select(Own)],
        },
    };

    private static ReplicaSetCondition View(ReplicationControllerCondition condition) => new()
    {
        Type = condition.Type,
        Status = condition.Status,
        Reason = condition.Reason,
        Message = condition.Message,
        LastTransitionTime = condition.LastTransitionTime,
    };

    private static ReplicationControllerCondition Own(ReplicaSetCondition condition) => new()
    {
        Type = condition.Type,
        Status = condition.Status,
        Reason = condition.Reason,
        Message = condition.Message,
        LastTransitionTime = condition.LastTransitionTime,
    };
}

using Proa.Api.Models.Apps;

namespace Proa.Controllers.ReplicaSets;

internal sealed class ReplicaSetKind : IReplicaKind<ReplicaSet>
{
    public ReplicaSet View(ReplicaSet owner) => owner;

    public ReplicaSet WithStatus(ReplicaSet owner, ReplicaSetStatus status) => owner with { Status = status };
}

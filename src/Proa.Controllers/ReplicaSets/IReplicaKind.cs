using Proa.Api.Meta;
using Proa.Api.Models.Apps;

namespace Proa.Controllers.ReplicaSets;

/// <summary>A kind that keeps a number of pods, seen as a replica set. Pure.</summary>
internal interface IReplicaKind<T> where T : class, IResource<T>
{
    /// <summary>The metadata, what is wanted and what the status says so far.</summary>
    ReplicaSet View(T owner);

    T WithStatus(T owner, ReplicaSetStatus status);
}

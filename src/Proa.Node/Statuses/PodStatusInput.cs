using Proa.Api.Models.Core;
using Proa.Node.Pods;

namespace Proa.Node.Statuses;

/// <summary>All that a pod's status follows from.</summary>
internal sealed record PodStatusInput
{
    /// <summary>The pod, with the status as it was last written.</summary>
    public required Pod Pod { get; init; }

    public required PodObservation Seen { get; init; }

    public required Func<ContainerRecord, ContainerHealth> Health { get; init; }

    /// <summary>Why containers that do not run wait, by name.</summary>
    public required IReadOnlyDictionary<string, ContainerStateWaiting> Waiting { get; init; }

    public required IReadOnlyList<string> HostIps { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Nothing of the pod is started any more: it is being deleted, or it failed as a whole.</summary>
    public bool Ending { get; init; }

    /// <summary>Why the pod as a whole failed, such as a passed deadline.</summary>
    public PodFailure? Failure { get; init; }
}

internal sealed record PodFailure(string Reason, string Message);

using Proa.Api.Models.Core;

namespace Proa.Node.Streams;

/// <summary>Finds what this node runs, for logs, exec, attach and port-forward. Thread-safe.</summary>
internal interface IContainerLocator
{
    /// <summary>
    /// A pod of this node, its status as the node itself knows it now (the API's may lag); null when the node has no such
    /// pod.
    /// </summary>
    LocatedPod? Find(string ns, string name);

    /// <summary>Completes when the container (by the runtime's id) does not run any more; at once when it is not known.</summary>
    Task WaitForExitAsync(string containerId, CancellationToken ct);
}

/// <param name="SandboxId">The runtime's id of the pod's newest sandbox, if it has one.</param>
internal sealed record LocatedPod(Pod Pod, string? SandboxId);

using Microsoft.Extensions.Logging;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Node;
using Proa.Node.Cri;
using Proa.Node.EnvironmentVariables;
using Proa.Node.Images;
using Proa.Node.Probes;
using Proa.Node.Statuses;
using Proa.Node.Volumes;

namespace Proa.Node.Pods;

/// <summary>What all pod workers share.</summary>
internal sealed record PodServices
{
    public required IClusterClient Client { get; init; }

    public required CriRuntime Runtime { get; init; }

    public required CriImages RuntimeImages { get; init; }

    public required ImageManager Images { get; init; }

    public required PodVolumes Volumes { get; init; }

    public required ContainerEnvironment Environment { get; init; }

    public required SandboxConfigs Sandboxes { get; init; }

    public required ContainerConfigs Containers { get; init; }

    public required PodPaths Paths { get; init; }

    public required PodCgroup Cgroup { get; init; }

    public required ProbeRunner Probes { get; init; }

    public required StatusWriter Statuses { get; init; }

    public required IEventRecorder Events { get; init; }

    public IDrainGate? Drain { get; init; }

    public required IReadOnlyList<string> HostIps { get; init; }

    public required string ClusterDomain { get; init; }

    public required string HostsFile { get; init; }

    /// <summary>How many sandboxes are made at once: more only wait for each other in the kernel.</summary>
    public required SemaphoreSlim SandboxSlots { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}

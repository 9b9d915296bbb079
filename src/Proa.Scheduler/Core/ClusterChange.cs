namespace Proa.Scheduler.Core;

/// <summary>What may have changed so that a rejected pod fits now.</summary>
[Flags]
internal enum ClusterChange
{
    None = 0,
    Nodes = 1,
    PodGone = 2,
    PodPlaced = 4,
    Volumes = 8,
    Namespaces = 16,
    All = Nodes | PodGone | PodPlaced | Volumes | Namespaces,
}

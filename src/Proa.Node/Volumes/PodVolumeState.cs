using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>What is known of one pod's volumes while it lives here.</summary>
internal sealed class PodVolumeState(Pod pod)
{
    /// <summary>Held while the pod's volumes are made, renewed or removed.</summary>
    public SemaphoreSlim Busy { get; } = new(1, 1);

    /// <summary>The newest form of the pod.</summary>
    public Pod Pod { get; set; } = pod;

    public Dictionary<string, VolumeOutcome> Volumes { get; } = new(StringComparer.Ordinal);

    /// <summary>Read by watches while the pod may be busy: to be locked.</summary>
    public HashSet<ObjectKey> References { get; } = [];

    /// <summary>Fires when a token must be renewed.</summary>
    public ITimer? Refresh { get; set; }

    public bool Gone { get; set; }
}

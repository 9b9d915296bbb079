using Proa.Api.Models.Core;

namespace Proa.Node.Volumes;

/// <summary>One kind of volume: a file of this folder.</summary>
internal interface IVolumeKind
{
    /// <summary>The folder's name under the pod's, such as <c>kubernetes.io~secret</c>.</summary>
    string Folder { get; }

    bool Matches(Volume volume);

    /// <summary>
    /// Makes the volume, or brings an existing one up to date; safe to repeat, also after a restart of this process.
    /// An <see cref="IOException"/> is an error of this volume.
    /// </summary>
    Task<VolumeOutcome> SetUpAsync(VolumeWork work, CancellationToken ct);
}

/// <param name="Directory">Where the volume lives if it needs a place of its own; not made yet.</param>
internal sealed record VolumeWork(Pod Pod, Volume Volume, string Directory)
{
    public string Namespace => Pod.Metadata.Namespace ?? "";

    public long? FsGroup => Pod.Spec.SecurityContext?.FsGroup;
}

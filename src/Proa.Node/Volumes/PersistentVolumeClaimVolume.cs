using Proa.Api.Models.Core;
using Proa.Client;

namespace Proa.Node.Volumes;

/// <summary>A claim, or a pod's own ephemeral claim, bound to a volume that is a path of this host.</summary>
internal sealed class PersistentVolumeClaimVolume(IClusterClient client) : IVolumeKind
{
    public string Folder => "kubernetes.io~local-volume";

    public bool Matches(Volume volume) => volume.PersistentVolumeClaim is not null || volume.Ephemeral is not null;

    public async Task<VolumeOutcome> SetUpAsync(VolumeWork work, CancellationToken ct)
    {
        var source = work.Volume.PersistentVolumeClaim;
        var name = source?.ClaimName ?? $"{work.Pod.Metadata.Name}-{work.Volume.Name}";
        var claim = await client.GetAsync<PersistentVolumeClaim>(work.Namespace, name, ct);
        if (!claim.Ok)
        {
            return VolumeOutcome.Failed(claim.IsNotFound ? $"persistentvolumeclaim \"{name}\" not found" : claim.Error.Message ?? "");
        }
        if (claim.Value.Status.Phase != "Bound" || string.IsNullOrEmpty(claim.Value.Spec.VolumeName))
        {
            return VolumeOutcome.Failed($"PVC {work.Namespace}/{name} has non-bound phase (\"{claim.Value.Status.Phase}\") or empty pvc.Spec.VolumeName (\"{claim.Value.Spec.VolumeName}\")");
        }
        var volume = await client.GetAsync<PersistentVolume>(null, claim.Value.Spec.VolumeName, ct);
        if (!volume.Ok)
        {
            return VolumeOutcome.Failed(volume.Error.Message ?? "");
        }
        return SetUp(work, volume.Value, source?.ReadOnly == true);
    }

    private static VolumeOutcome SetUp(VolumeWork work, PersistentVolume volume, bool readOnly)
    {
        if (volume.Spec.HostPath is { } host)
        {
            // A claimed host path without a type is made on first use: there is nobody else to make it.
            var error = HostPathVolume.Check(host.Path, string.IsNullOrEmpty(host.Type) ? "DirectoryOrCreate" : host.Type);
            return error is null ? new(host.Path) { ReadOnly = readOnly } : VolumeOutcome.Failed($"hostPath type check failed: {error}");
        }
        if (volume.Spec.Local is { } local)
        {
            if (LinuxFiles.KindOf(local.Path) is null)
            {
                return VolumeOutcome.Failed($"path \"{local.Path}\" does not exist");
            }
            if (work.FsGroup is { } group && !readOnly)
            {
                FsGroup.ApplyBelow(local.Path, group, readOnly: false);
            }
            return new(local.Path) { ReadOnly = readOnly };
        }
        return VolumeOutcome.Failed($"no volume plugin matched PersistentVolume \"{volume.Metadata.Name}\": this node serves hostPath and local");
    }
}

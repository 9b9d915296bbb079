using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Controllers.Common;

namespace Proa.Controllers.VolumeBinding;

/// <summary>Which volume a claim gets. Pure.</summary>
internal static class VolumeMatch
{
    private const string ClassAnnotation = "volume.beta.kubernetes.io/storage-class";

    /// <summary>The one that was made for the claim, else the smallest that is large enough; null: none fits.</summary>
    public static PersistentVolume? Find(PersistentVolumeClaim claim, IEnumerable<PersistentVolume> volumes)
    {
        PersistentVolume? smallest = null;
        foreach (var volume in volumes)
        {
            if (volume.Metadata.DeletionTimestamp is not null || Mode(volume.Spec.VolumeMode) != Mode(claim.Spec.VolumeMode) || Size(volume) < Wanted(claim))
            {
                continue;
            }
            if (volume.Spec.ClaimRef is { } reference)
            {
                if (IsFor(reference, claim))
                {
                    return volume;
                }
                continue;
            }
            if (volume.Status.Phase == "Available" && ClassOf(volume) == ClassOf(claim)
                && claim.Spec.AccessModes.All(volume.Spec.AccessModes.Contains)
                && (claim.Spec.Selector is null || Selectors.Matches(claim.Spec.Selector, volume.Metadata.Labels))
                && (smallest is null || Size(volume) < Size(smallest)))
            {
                smallest = volume;
            }
        }
        return smallest;
    }

    public static bool IsFor(ObjectReference reference, PersistentVolumeClaim claim) =>
        reference.Namespace == claim.Metadata.Namespace && reference.Name == claim.Metadata.Name
        && (string.IsNullOrEmpty(reference.Uid) || reference.Uid == claim.Metadata.Uid);

    public static string ClassOf(PersistentVolumeClaim claim) => claim.Metadata.Annotations.GetValueOrDefault(ClassAnnotation) ?? claim.Spec.StorageClassName ?? "";

    private static string ClassOf(PersistentVolume volume) => volume.Metadata.Annotations.GetValueOrDefault(ClassAnnotation) ?? volume.Spec.StorageClassName ?? "";

    private static Quantity Size(PersistentVolume volume) => volume.Spec.Capacity.GetValueOrDefault("storage");

    private static Quantity Wanted(PersistentVolumeClaim claim) => claim.Spec.Resources.Requests.GetValueOrDefault("storage");

    private static string Mode(string? mode) => string.IsNullOrEmpty(mode) ? "Filesystem" : mode;
}

using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.VolumeBinding;

/// <summary>Keeps a volume's phase.</summary>
internal sealed class VolumeReconciler(ControllerContext context, IInformer<PersistentVolume> volumes, IInformer<PersistentVolumeClaim> claims)
{
    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (volumes.Get(null, key.Name) is not { } volume)
        {
            return ReconcileResult.Done;
        }
        var phase = Phase(volume);
        if (volume.Status.Phase == phase || volume.Status.Phase == "Failed")
        {
            return ReconcileResult.Done;
        }
        var written = await context.Client.UpdateStatusAsync(volume with { Status = volume.Status with { Phase = phase } }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private string Phase(PersistentVolume volume)
    {
        // One that is meant for a claim but has not seen it yet is as good as free: nobody else gets it.
        if (volume.Spec.ClaimRef is not { } reference || string.IsNullOrEmpty(reference.Uid))
        {
            return "Available";
        }
        var claim = claims.Get(reference.Namespace, reference.Name!);
        return claim is null || claim.Metadata.Uid != reference.Uid ? "Released"
            : string.IsNullOrEmpty(claim.Spec.VolumeName) || claim.Spec.VolumeName == volume.Metadata.Name ? "Bound" : "Released";
    }
}

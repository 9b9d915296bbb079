using Proa.Api.Models.Core;
using Proa.Api.Models.Storage;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.VolumeBinding;

/// <summary>Finds a claim its volume and writes the bond to both; each step may be the last, and is found done at the next try.</summary>
internal sealed class ClaimReconciler(
    ControllerContext context, IInformer<PersistentVolume> volumes, IInformer<PersistentVolumeClaim> claims, IInformer<StorageClass> classes)
{
    private const string Completed = "pv.kubernetes.io/bind-completed";
    private const string ByController = "pv.kubernetes.io/bound-by-controller";

    public async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (claims.Get(key.Namespace, key.Name) is not { Metadata.DeletionTimestamp: null } claim)
        {
            return ReconcileResult.Done;
        }
        if (claim.Spec.VolumeName is not { Length: > 0 } name)
        {
            return Waits(claim) ? ReconcileResult.Done
                : VolumeMatch.Find(claim, volumes.List()) is { } found ? await BindAsync(claim, found, ct) : NotFound(claim);
        }
        if (volumes.Get(null, name) is not { } volume)
        {
            return claim.Metadata.Annotations.ContainsKey(Completed)
                ? await LoseAsync(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!", ct)
                : ReconcileResult.Done;
        }
        if (volume.Spec.ClaimRef is { } reference && !VolumeMatch.IsFor(reference, claim))
        {
            return claim.Metadata.Annotations.ContainsKey(Completed)
                ? await LoseAsync(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly", ct)
                : ReconcileResult.Done;
        }
        return await BindAsync(claim, volume, ct);
    }

    /// <summary>A class may have its claims wait until a pod needs them.</summary>
    private bool Waits(PersistentVolumeClaim claim) =>
        classes.Get(null, VolumeMatch.ClassOf(claim)) is { VolumeBindingMode: "WaitForFirstConsumer" }
        && !claim.Metadata.Annotations.ContainsKey("volume.kubernetes.io/selected-node");

    private ReconcileResult NotFound(PersistentVolumeClaim claim)
    {
        if (VolumeMatch.ClassOf(claim).Length == 0)
        {
            context.Events.Normal(claim, "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
        }
        return ReconcileResult.Done;
    }

    private async Task<ReconcileResult> BindAsync(PersistentVolumeClaim claim, PersistentVolume volume, CancellationToken ct)
    {
        if (volume.Spec.ClaimRef?.Uid != claim.Metadata.Uid)
        {
            var mine = volume.Spec.ClaimRef is null;
            var reference = new ObjectReference
            {
                ApiVersion = "v1",
                Kind = "PersistentVolumeClaim",
                Namespace = claim.Metadata.Namespace,
                Name = claim.Metadata.Name,
                Uid = claim.Metadata.Uid,
                ResourceVersion = claim.Metadata.ResourceVersion,
            };
            var metadata = mine ? volume.Metadata with { Annotations = With(volume.Metadata.Annotations, ByController) } : volume.Metadata;
            var reserved = await context.Client.UpdateAsync(volume with { Metadata = metadata, Spec = volume.Spec with { ClaimRef = reference } }, ct);
            if (!reserved.Ok)
            {
                return ReconcileResult.Retry(reserved.Error);
            }
            volume = reserved.Value;
        }
        if (volume.Status.Phase != "Bound")
        {
            var marked = await context.Client.UpdateStatusAsync(volume with { Status = volume.Status with { Phase = "Bound" } }, ct);
            if (!marked.Ok)
            {
                return ReconcileResult.Retry(marked.Error);
            }
        }
        var chosen = string.IsNullOrEmpty(claim.Spec.VolumeName);
        if (chosen || !claim.Metadata.Annotations.ContainsKey(Completed))
        {
            var annotations = With(claim.Metadata.Annotations, Completed);
            var bound = await context.Client.UpdateAsync(claim with
            {
                Metadata = claim.Metadata with { Annotations = chosen ? With(annotations, ByController) : annotations },
                Spec = claim.Spec with { VolumeName = volume.Metadata.Name },
            }, ct);
            if (!bound.Ok)
            {
                return bound.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(bound.Error);
            }
            claim = bound.Value;
        }
        if (claim.Status.Phase == "Bound")
        {
            return ReconcileResult.Done;
        }
        var status = claim.Status with { Phase = "Bound", AccessModes = volume.Spec.AccessModes, Capacity = volume.Spec.Capacity };
        var written = await context.Client.UpdateStatusAsync(claim with { Status = status }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private async Task<ReconcileResult> LoseAsync(PersistentVolumeClaim claim, string reason, string message, CancellationToken ct)
    {
        if (claim.Status.Phase == "Lost")
        {
            return ReconcileResult.Done;
        }
        var written = await context.Client.UpdateStatusAsync(claim with { Status = claim.Status with { Phase = "Lost", AccessModes = [], Capacity = new Dictionary<string, Proa.Api.Meta.Quantity>() } }, ct);
        if (written.Ok)
        {
            context.Events.Warning(claim, reason, message);
        }
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> annotations, string key) => new(annotations, StringComparer.Ordinal) { [key] = "yes" };
}

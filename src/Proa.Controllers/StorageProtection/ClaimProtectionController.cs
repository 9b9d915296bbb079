using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.StorageProtection;

/// <summary>Lets a deleted claim go when no pod uses it any more.</summary>
internal sealed class ClaimProtectionController : IController
{
    private const string Finalizer = "kubernetes.io/pvc-protection";
    private readonly ControllerContext _context;
    private readonly IInformer<PersistentVolumeClaim> _claims;
    private readonly IInformer<Pod> _pods;
    private readonly WorkQueue<NamespacedName> _queue;

    public ClaimProtectionController(ControllerContext context)
    {
        _context = context;
        _claims = context.Informers.Get<PersistentVolumeClaim>();
        _pods = context.Informers.Get<Pod>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var claims = _claims.Subscribe(change =>
        {
            if (change.New is { } claim && (claim.Metadata.DeletionTimestamp is not null || !claim.Metadata.Finalizers.Contains(Finalizer)))
            {
                _queue.Add(NamespacedName.Of(claim));
            }
        });
        using var pods = _pods.Subscribe(change =>
        {
            // Only a pod's end frees a claim.
            if (change.New is null || change.New.Metadata.Uid != change.Old?.Metadata.Uid)
            {
                foreach (var claim in ClaimsOf(change.Old))
                {
                    _queue.Add(new(change.Object.Metadata.Namespace ?? "", claim));
                }
            }
        });
        await _claims.SyncedAsync(ct);
        await _pods.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("persistentvolumeclaim-protection", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_claims.Get(key.Namespace, key.Name) is not { } claim)
        {
            return ReconcileResult.Done;
        }
        var deleting = claim.Metadata.DeletionTimestamp is not null;
        var held = claim.Metadata.Finalizers.Contains(Finalizer);
        if (deleting != held || (deleting && _pods.List().Any(pod => pod.Metadata.Namespace == key.Namespace && Uses(pod, claim))))
        {
            return ReconcileResult.Done;
        }
        IReadOnlyList<string> finalizers = deleting ? [.. claim.Metadata.Finalizers.Where(name => name != Finalizer)] : [.. claim.Metadata.Finalizers, Finalizer];
        var written = await _context.Client.UpdateAsync(claim with { Metadata = claim.Metadata with { Finalizers = finalizers } }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    /// <summary>One that has no node yet will not start with a claim that is going.</summary>
    private static bool Uses(Pod pod, PersistentVolumeClaim claim)
    {
        if (string.IsNullOrEmpty(pod.Spec.NodeName))
        {
            return false;
        }
        foreach (var volume in pod.Spec.Volumes)
        {
            if (volume.PersistentVolumeClaim?.ClaimName == claim.Metadata.Name
                || (volume.Ephemeral is not null && $"{pod.Metadata.Name}-{volume.Name}" == claim.Metadata.Name
                    && claim.Metadata.OwnerReferences.Any(owner => owner.Uid == pod.Metadata.Uid)))
            {
                return true;
            }
        }
        return false;
    }

    private static IEnumerable<string> ClaimsOf(Pod? pod)
    {
        foreach (var volume in pod?.Spec.Volumes ?? [])
        {
            if (volume.PersistentVolumeClaim?.ClaimName is { } name)
            {
                yield return name;
            }
            else if (volume.Ephemeral is not null)
            {
                yield return $"{pod!.Metadata.Name}-{volume.Name}";
            }
        }
    }
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Storage;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.VolumeBinding;

/// <summary>Binds claims to volumes that exist, and keeps the phases of both. It provisions nothing: that is a provisioner's work.</summary>
internal sealed class VolumeBinder : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<PersistentVolume> _volumes;
    private readonly IInformer<PersistentVolumeClaim> _claims;
    private readonly IInformer<StorageClass> _classes;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly VolumeReconciler _ofVolumes;
    private readonly ClaimReconciler _ofClaims;

    public VolumeBinder(ControllerContext context)
    {
        _context = context;
        _volumes = context.Informers.Get<PersistentVolume>();
        _claims = context.Informers.Get<PersistentVolumeClaim>();
        _classes = context.Informers.Get<StorageClass>();
        _queue = new(context.Time);
        _ofVolumes = new(context, _volumes, _claims);
        _ofClaims = new(context, _volumes, _claims, _classes);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var volumes = _volumes.Subscribe(OnVolume);
        using var claims = _claims.Subscribe(OnClaim);
        using var classes = _classes.Subscribe(_ => AddUnbound());
        await _volumes.SyncedAsync(ct);
        await _claims.SyncedAsync(ct);
        await _classes.SyncedAsync(ct);
        // One at a time: two claims must not take one volume.
        await new ReconcileLoop<NamespacedName>("persistentvolume-binder", _queue,
            (key, stop) => key.Namespace.Length == 0 ? _ofVolumes.ReconcileAsync(key, stop) : _ofClaims.ReconcileAsync(key, stop), 1, _context.Logger).RunAsync(ct);
    }

    private void OnVolume(InformerEvent<PersistentVolume> change)
    {
        _queue.Add(new("", change.Object.Metadata.Name!));
        if (change.Object.Spec.ClaimRef is { Namespace: { } ns, Name: { } name })
        {
            _queue.Add(new(ns, name));
        }
        else if (change.New is { Status.Phase: "Available" })
        {
            AddUnbound();
        }
    }

    private void OnClaim(InformerEvent<PersistentVolumeClaim> change)
    {
        _queue.Add(NamespacedName.Of(change.Object));
        if (change.Object.Spec.VolumeName is { Length: > 0 } volume)
        {
            _queue.Add(new("", volume));
        }
    }

    private void AddUnbound()
    {
        foreach (var claim in _claims.List())
        {
            if (string.IsNullOrEmpty(claim.Spec.VolumeName))
            {
                _queue.Add(NamespacedName.Of(claim));
            }
        }
    }
}

using Proa.Api.Models.Core;
using Proa.Api.Models.Storage;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.StorageProtection;

/// <summary>Lets a deleted volume attributes class go when no volume has it and no claim has it or asks for it any more.</summary>
internal sealed class AttributesClassProtectionController : IController
{
    private const string Finalizer = "kubernetes.io/vac-protection";
    private readonly ControllerContext _context;
    private readonly IInformer<VolumeAttributesClass> _classes;
    private readonly IInformer<PersistentVolume> _volumes;
    private readonly IInformer<PersistentVolumeClaim> _claims;
    private readonly WorkQueue<string> _queue;

    public AttributesClassProtectionController(ControllerContext context)
    {
        _context = context;
        _classes = context.Informers.Get<VolumeAttributesClass>();
        _volumes = context.Informers.Get<PersistentVolume>();
        _claims = context.Informers.Get<PersistentVolumeClaim>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var classes = _classes.Subscribe(change =>
        {
            if (change.New is { } changed)
            {
                _queue.Add(changed.Metadata.Name!);
            }
        });
        // What a volume or claim had before may be free now.
        using var volumes = _volumes.Subscribe(change => Freed(Of(change.Old).Except(Of(change.New))));
        using var claims = _claims.Subscribe(change => Freed(Of(change.Old).Except(Of(change.New))));
        await _classes.SyncedAsync(ct);
        await _volumes.SyncedAsync(ct);
        await _claims.SyncedAsync(ct);
        await new ReconcileLoop<string>("volumeattributesclass-protection", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private void Freed(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            _queue.Add(name);
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (_classes.Get(null, name) is not { } found)
        {
            return ReconcileResult.Done;
        }
        var deleting = found.Metadata.DeletionTimestamp is not null;
        var held = found.Metadata.Finalizers.Contains(Finalizer);
        if (deleting != held || (deleting && IsUsed(name)))
        {
            return ReconcileResult.Done;
        }
        IReadOnlyList<string> finalizers = deleting ? [.. found.Metadata.Finalizers.Where(one => one != Finalizer)] : [.. found.Metadata.Finalizers, Finalizer];
        var written = await _context.Client.UpdateAsync(found with { Metadata = found.Metadata with { Finalizers = finalizers } }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private bool IsUsed(string name) => _volumes.List().Any(volume => Of(volume).Contains(name)) || _claims.List().Any(claim => Of(claim).Contains(name));

    private static IEnumerable<string> Of(PersistentVolume? volume) => Named(volume?.Spec.VolumeAttributesClassName);

    private static IEnumerable<string> Of(PersistentVolumeClaim? claim) => Named(
        claim?.Spec.VolumeAttributesClassName,
        claim?.Status.CurrentVolumeAttributesClassName,
        claim?.Status.ModifyVolumeStatus?.TargetVolumeAttributesClassName);

    private static IEnumerable<string> Named(params string?[] names) => names.OfType<string>().Where(name => name.Length > 0);
}

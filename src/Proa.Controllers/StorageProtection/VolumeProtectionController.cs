using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.StorageProtection;

/// <summary>Lets a deleted volume go when no claim is bound to it any more.</summary>
internal sealed class VolumeProtectionController : IController
{
    private const string Finalizer = "kubernetes.io/pv-protection";
    private readonly ControllerContext _context;
    private readonly IInformer<PersistentVolume> _volumes;
    private readonly WorkQueue<string> _queue;

    public VolumeProtectionController(ControllerContext context)
    {
        _context = context;
        _volumes = context.Informers.Get<PersistentVolume>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var volumes = _volumes.Subscribe(change =>
        {
            if (change.New is { } volume)
            {
                _queue.Add(volume.Metadata.Name!);
            }
        });
        await _volumes.SyncedAsync(ct);
        await new ReconcileLoop<string>("persistentvolume-protection", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (_volumes.Get(null, name) is not { } volume)
        {
            return ReconcileResult.Done;
        }
        var deleting = volume.Metadata.DeletionTimestamp is not null;
        var held = volume.Metadata.Finalizers.Contains(Finalizer);
        if (deleting != held || (deleting && volume.Status.Phase == "Bound"))
        {
            return ReconcileResult.Done;
        }
        IReadOnlyList<string> finalizers = deleting ? [.. volume.Metadata.Finalizers.Where(one => one != Finalizer)] : [.. volume.Metadata.Finalizers, Finalizer];
        var written = await _context.Client.UpdateAsync(volume with { Metadata = volume.Metadata with { Finalizers = finalizers } }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }
}

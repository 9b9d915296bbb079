using Proa.Api.Models.Core;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ServiceAccounts;

/// <summary>Wires namespaces and service accounts to the reconciler.</summary>
internal sealed class ServiceAccountController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<Namespace> _namespaces;
    private readonly IInformer<ServiceAccount> _accounts;
    private readonly WorkQueue<string> _queue;
    private readonly ServiceAccountReconciler _reconciler;

    public ServiceAccountController(ControllerContext context)
    {
        _context = context;
        _namespaces = context.Informers.Get<Namespace>();
        _accounts = context.Informers.Get<ServiceAccount>();
        _queue = new(context.Time);
        _reconciler = new(context, _namespaces, _accounts);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var namespaces = _namespaces.Subscribe(change => _queue.Add(change.Object.Metadata.Name!));
        using var accounts = _accounts.Subscribe(OnAccount);
        await _namespaces.SyncedAsync(ct);
        await _accounts.SyncedAsync(ct);
        await new ReconcileLoop<string>("serviceaccount", _queue, _reconciler.ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private void OnAccount(InformerEvent<ServiceAccount> change)
    {
        if (change.New is null)
        {
            _queue.Add(change.Object.Metadata.Namespace!);
        }
    }
}

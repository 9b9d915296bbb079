using Proa.Api.Models.Certificates;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Certificates;

/// <summary>Brings each certificate signing request, when it is new or changes, before one reconciler.</summary>
internal sealed class RequestController : IController
{
    private readonly string _name;
    private readonly ControllerContext _context;
    private readonly Func<CertificateSigningRequest, CancellationToken, Task<ReconcileResult>> _reconcile;
    private readonly IInformer<CertificateSigningRequest> _requests;
    private readonly WorkQueue<string> _queue;

    public RequestController(string name, ControllerContext context, Func<CertificateSigningRequest, CancellationToken, Task<ReconcileResult>> reconcile)
    {
        (_name, _context, _reconcile) = (name, context, reconcile);
        _requests = context.Informers.Get<CertificateSigningRequest>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var requests = _requests.Subscribe(change =>
        {
            if (change.New is not null)
            {
                _queue.Add(change.New.Metadata.Name!);
            }
        });
        await _requests.SyncedAsync(ct);
        await new ReconcileLoop<string>(
            _name, _queue, async (name, stop) => _requests.Get(null, name) is { } request ? await _reconcile(request, stop) : ReconcileResult.Done,
            1, _context.Logger).RunAsync(ct);
    }
}

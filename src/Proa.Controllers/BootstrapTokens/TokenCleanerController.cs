using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.BootstrapTokens;

/// <summary>Removes bootstrap tokens when their time is over.</summary>
internal sealed class TokenCleanerController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<Secret> _secrets;
    private readonly WorkQueue<string> _queue;

    public TokenCleanerController(ControllerContext context)
    {
        _context = context;
        _secrets = context.Informers.Get<Secret>(BootstrapSecrets.Namespace, $"type={BootstrapSecrets.Type}");
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var secrets = _secrets.Subscribe(change =>
        {
            if (change.New is not null)
            {
                _queue.Add(change.New.Metadata.Name!);
            }
        });
        await _secrets.SyncedAsync(ct);
        await new ReconcileLoop<string>("tokencleaner", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (_secrets.Get(BootstrapSecrets.Namespace, name) is not { } secret || BootstrapSecrets.End(secret) is not { } end)
        {
            return ReconcileResult.Done;
        }
        var left = end - _context.Time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.After(left);
        }
        var deleted = await _context.Client.DeleteAsync<Secret>(BootstrapSecrets.Namespace, name, new DeleteRequest(Uid: secret.Metadata.Uid), ct);
        return deleted.Ok || deleted.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(deleted.Error);
    }
}

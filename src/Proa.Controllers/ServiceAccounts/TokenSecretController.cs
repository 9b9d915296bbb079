using System.Text;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ServiceAccounts;

/// <summary>
/// Fills Secrets of type <c>kubernetes.io/service-account-token</c> with a token for the account that they name, and removes
/// those whose account is gone.
/// </summary>
internal sealed class TokenSecretController : IController
{
    private const string SecretType = "kubernetes.io/service-account-token";
    private const string NameAnnotation = "kubernetes.io/service-account.name";
    private const string UidAnnotation = "kubernetes.io/service-account.uid";
    private readonly ControllerContext _context;
    private readonly IInformer<Secret> _secrets;
    private readonly IInformer<ServiceAccount> _accounts;
    private readonly WorkQueue<NamespacedName> _queue;

    public TokenSecretController(ControllerContext context)
    {
        _context = context;
        _secrets = context.Informers.Get<Secret>(fieldSelector: $"type={SecretType}");
        _accounts = context.Informers.Get<ServiceAccount>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var secrets = _secrets.Subscribe(change =>
        {
            if (change.New is not null)
            {
                _queue.Add(NamespacedName.Of(change.New));
            }
        });
        using var accounts = _accounts.Subscribe(change =>
        {
            foreach (var secret in _secrets.List(change.Object.Metadata.Namespace))
            {
                if (AccountOf(secret) == change.Object.Metadata.Name)
                {
                    _queue.Add(NamespacedName.Of(secret));
                }
            }
        });
        await _secrets.SyncedAsync(ct);
        await _accounts.SyncedAsync(ct);
        await new ReconcileLoop<NamespacedName>("serviceaccount-token", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_context.Options.SecretTokens is not { } sign || _secrets.Get(key.Namespace, key.Name) is not { Metadata.DeletionTimestamp: null } secret)
        {
            return ReconcileResult.Done;
        }
        // Asked live: a copy that lags must not make a Secret go.
        var found = await _context.Client.GetAsync<ServiceAccount>(key.Namespace, AccountOf(secret), ct);
        if (!found.Ok && !found.IsNotFound)
        {
            return ReconcileResult.Retry(found.Error);
        }
        var uid = secret.Metadata.Annotations.GetValueOrDefault(UidAnnotation, "");
        if (found.IsNotFound || (uid.Length > 0 && uid != found.Value.Metadata.Uid))
        {
            var deleted = await _context.Client.DeleteAsync<Secret>(key.Namespace, key.Name, new DeleteRequest(Uid: secret.Metadata.Uid), ct);
            return deleted.Ok || deleted.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(deleted.Error);
        }
        var data = new Dictionary<string, byte[]>(secret.Data)
        {
            ["ca.crt"] = Encoding.UTF8.GetBytes(_context.Options.RootCaPem),
            ["namespace"] = Encoding.UTF8.GetBytes(key.Namespace),
        };
        if (!data.TryGetValue("token", out var token) || token.Length == 0)
        {
            data["token"] = Encoding.UTF8.GetBytes(sign(key.Namespace, found.Value.Metadata.Name!, found.Value.Metadata.Uid!, key.Name));
        }
        if (uid == found.Value.Metadata.Uid && data.Count == secret.Data.Count && data.All(item => secret.Data.TryGetValue(item.Key, out var old) && old.AsSpan().SequenceEqual(item.Value)))
        {
            return ReconcileResult.Done;
        }
        var annotations = new Dictionary<string, string>(secret.Metadata.Annotations) { [UidAnnotation] = found.Value.Metadata.Uid! };
        var written = await _context.Client.UpdateAsync(secret with { Data = data, Metadata = secret.Metadata with { Annotations = annotations } }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private static string AccountOf(Secret secret) => secret.Metadata.Annotations.GetValueOrDefault(NameAnnotation, "");
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.BootstrapTokens;

/// <summary>
/// Signs the ConfigMap <c>kube-public/cluster-info</c> with each bootstrap token that may, so that a machine that knows only a
/// token can tell the cluster's address and authority from a forger's.
/// </summary>
internal sealed class BootstrapSignerController : IController
{
    private const string MapNamespace = "kube-public";
    private const string MapName = "cluster-info";
    private const string SignaturePrefix = "jws-kubeconfig-";
    private readonly ControllerContext _context;
    private readonly IInformer<Secret> _secrets;
    private readonly IInformer<ConfigMap> _maps;
    private readonly WorkQueue<string> _queue;

    public BootstrapSignerController(ControllerContext context)
    {
        _context = context;
        _secrets = context.Informers.Get<Secret>(BootstrapSecrets.Namespace, $"type={BootstrapSecrets.Type}");
        _maps = context.Informers.Get<ConfigMap>(MapNamespace, $"metadata.name={MapName}");
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var secrets = _secrets.Subscribe(_ => _queue.Add(MapName));
        using var maps = _maps.Subscribe(_ => _queue.Add(MapName));
        await _secrets.SyncedAsync(ct);
        await _maps.SyncedAsync(ct);
        await new ReconcileLoop<string>("bootstrapsigner", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(string _, CancellationToken ct)
    {
        if (_maps.Get(MapNamespace, MapName) is not { } map || !map.Data.TryGetValue("kubeconfig", out var content))
        {
            return ReconcileResult.Done;
        }
        var data = map.Data.Where(item => !item.Key.StartsWith(SignaturePrefix, StringComparison.Ordinal)).ToDictionary();
        foreach (var secret in _secrets.List(BootstrapSecrets.Namespace))
        {
            var (id, key) = (BootstrapSecrets.Text(secret, "token-id"), BootstrapSecrets.Text(secret, "token-secret"));
            var over = BootstrapSecrets.End(secret) is { } end && end <= _context.Time.GetUtcNow();
            if (id.Length > 0 && key.Length > 0 && !over && BootstrapSecrets.Text(secret, "usage-bootstrap-signing") == "true"
                && secret.Metadata.Name == $"bootstrap-token-{id}")
            {
                data[SignaturePrefix + id] = Sign(content, id, key);
            }
        }
        if (data.Count == map.Data.Count && Selectors.MatchesAll(data, map.Data))
        {
            return ReconcileResult.Done;
        }
        var written = await _context.Client.UpdateAsync(map with { Data = data }, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    /// <summary>A JSON Web Signature whose content stands elsewhere: header, nothing, signature.</summary>
    public static string Sign(string content, string id, string key)
    {
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"HS256","kid":"{{id}}"}"""));
        var signed = $"{header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(content))}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(signed));
        return $"{header}..{Base64Url.EncodeToString(signature)}";
    }
}

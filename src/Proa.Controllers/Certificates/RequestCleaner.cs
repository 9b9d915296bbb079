using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proa.Api.Models.Certificates;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Certificates;

/// <summary>Removes requests that are over: an hour after a verdict was carried out, a day after one that nothing came of.</summary>
internal sealed class RequestCleaner(ControllerContext context)
{
    private static readonly TimeSpan s_settled = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_pending = TimeSpan.FromHours(24);

    public async Task<ReconcileResult> ReconcileAsync(CertificateSigningRequest request, CancellationToken ct)
    {
        if (End(request) is not { } end)
        {
            return ReconcileResult.Done;
        }
        var left = end - context.Time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.After(left);
        }
        var deleted = await context.Client.DeleteAsync<CertificateSigningRequest>(null, request.Metadata.Name!, new DeleteRequest(Uid: request.Metadata.Uid), ct);
        return deleted.Ok || deleted.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(deleted.Error);
    }

    /// <summary>When the request goes; null: not by itself. Pure.</summary>
    public static DateTimeOffset? End(CertificateSigningRequest request)
    {
        if (request.Status.Conditions.Count == 0)
        {
            return request.Metadata.CreationTimestamp + s_pending;
        }
        var issued = RequestConditions.IsIssued(request);
        DateTimeOffset? first = null;
        foreach (var condition in request.Status.Conditions)
        {
            var end = condition.Type switch
            {
                "Denied" or "Failed" => condition.LastUpdateTime + s_settled,
                "Approved" when issued => Earlier(condition.LastUpdateTime + s_settled, Expiry(request.Status.Certificate!)),
                "Approved" => condition.LastUpdateTime + s_pending,
                _ => null,
            };
            first = Earlier(first, end);
        }
        return first;
    }

    private static DateTimeOffset? Expiry(byte[] pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem));
            return certificate.NotAfter.ToUniversalTime();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;
}

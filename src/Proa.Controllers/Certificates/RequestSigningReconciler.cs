using Proa.Api.Models.Certificates;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Certificates;

/// <summary>Signs what has been approved for the cluster's own signers; what breaks a signer's rules fails for good.</summary>
internal sealed class RequestSigningReconciler(ControllerContext context)
{
    private readonly RequestSigner? _signer = context.Options.SigningAuthority is { } authority ? new(authority, context.Time) : null;

    public async Task<ReconcileResult> ReconcileAsync(CertificateSigningRequest request, CancellationToken ct)
    {
        if (_signer is null || RequestConditions.IsIssued(request) || !RequestConditions.Has(request, "Approved")
            || RequestConditions.Has(request, "Denied") || RequestConditions.Has(request, "Failed")
            || request.Spec.SignerName is not (NodeCertificates.ClientSigner or NodeCertificates.NodeClientSigner or NodeCertificates.NodeServingSigner))
        {
            return ReconcileResult.Done;
        }
        if (NodeCertificates.Read(request.Spec.Request) is not { } asked)
        {
            return ReconcileResult.Terminal("its request cannot be read");
        }
        var changed = asked.Problem(request.Spec.SignerName, request.Spec.Usages) is { } problem
            ? RequestConditions.With(request, "Failed", "SignerValidationFailure", problem)
            : request with { Status = request.Status with { Certificate = _signer.Sign(asked, request.Spec.Usages, request.Spec.ExpirationSeconds) } };
        var written = await context.Client.UpdateStatusAsync(changed, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }
}

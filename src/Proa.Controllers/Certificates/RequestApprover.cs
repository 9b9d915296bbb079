using System.Text.Json;
using Proa.Api.Models;
using Proa.Api.Models.Authorization;
using Proa.Api.Models.Certificates;
using Proa.Client;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.Certificates;

/// <summary>
/// Approves requests of node agents for client certificates, when who asks may: <c>create</c> on
/// <c>certificatesigningrequests/selfnodeclient</c> (for themselves) or <c>/nodeclient</c> (for any node).
/// </summary>
internal sealed class RequestApprover(ControllerContext context)
{
    public async Task<ReconcileResult> ReconcileAsync(CertificateSigningRequest request, CancellationToken ct)
    {
        if (RequestConditions.IsIssued(request) || RequestConditions.Has(request, "Approved") || RequestConditions.Has(request, "Denied")
            || request.Spec.SignerName != NodeCertificates.NodeClientSigner
            || NodeCertificates.Read(request.Spec.Request) is not { } asked || asked.NodeClientProblem(request.Spec.Usages) is not null)
        {
            return ReconcileResult.Done;
        }
        var own = request.Spec.Username == asked.CommonName;
        var message = own && await MayAsync(request.Spec, "selfnodeclient", ct) ? "Auto approving self kubelet client certificate after SubjectAccessReview."
            : await MayAsync(request.Spec, "nodeclient", ct) ? "Auto approving kubelet client certificate after SubjectAccessReview."
            : null;
        if (message is null)
        {
            // A role may be granted later.
            return ReconcileResult.Retry($"the access review for {request.Spec.Username} was not approved");
        }
        var approved = RequestConditions.With(request, "Approved", "AutoApproved", message);
        var written = await context.Client.UpdateAsync(
            ResourcePath.Of(CertificateSigningRequest.Resource, null, request.Metadata.Name, "approval"), Model.ToUtf8(approved), WriteOptions.Default, ct);
        return written.Ok || written.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(written.Error);
    }

    private async Task<bool> MayAsync(CertificateSigningRequestSpec spec, string subresource, CancellationToken ct)
    {
        var review = new SubjectAccessReview
        {
            Spec = new()
            {
                User = spec.Username,
                Uid = spec.Uid,
                Groups = spec.Groups,
                Extra = spec.Extra,
                ResourceAttributes = new()
                {
                    Group = "certificates.k8s.io",
                    Version = "*",
                    Resource = "certificatesigningrequests",
                    Verb = "create",
                    Subresource = subresource,
                },
            },
        };
        var answer = await context.Client.CreateAsync(ResourcePath.Of(SubjectAccessReview.Resource), Model.ToUtf8(review), WriteOptions.Default, ct);
        if (!answer.Ok)
        {
            return false;
        }
        using var document = JsonDocument.Parse(answer.Value);
        return document.RootElement.TryGetProperty("status", out var status) && status.TryGetProperty("allowed", out var allowed) && allowed.GetBoolean();
    }
}

using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Admission;

/// <summary>Who approves or signs a certificate request must be allowed to for its signer.</summary>
internal sealed class CertificatePermission : IAdmissionStep
{
    private readonly IAuthorizer? _authorizer;
    private readonly string _verb;
    private readonly string _subresource;

    private CertificatePermission(IAuthorizer? authorizer, string verb, string subresource) => (_authorizer, _verb, _subresource) = (authorizer, verb, subresource);

    public static CertificatePermission ToApprove(IAuthorizer? authorizer) => new(authorizer, "approve", "approval");

    public static CertificatePermission ToSign(IAuthorizer? authorizer) => new(authorizer, "sign", "status");

    public ValueTask<Status?> ValidateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (_authorizer is null || request.Type.Collection != CertificateRequests.Collection || request.Subresource != _subresource || request.Object is not { } obj)
        {
            return default;
        }
        var (now, before) = (obj.Object("status"), request.Old!.Object("status"));
        return _subresource == "status" && Same(now?["certificate"], before?["certificate"]) && Same(now?["conditions"], before?["conditions"])
            ? default
            : MayAsync(request, _authorizer, ct);
    }

    /// <summary>Asks for the signer by its name, then for all signers of its domain.</summary>
    private async ValueTask<Status?> MayAsync(AdmissionRequest request, IAuthorizer authorizer, CancellationToken ct)
    {
        var signer = request.Old!.Object("spec")?.String("signerName") ?? "";
        var slash = signer.IndexOf('/');
        foreach (var name in (string[])[signer, (slash < 0 ? signer : signer[..slash]) + "/*"])
        {
            var ask = new RequestInfo(_verb, "") { IsResource = true, Group = "certificates.k8s.io", Version = "*", Resource = "signers", Name = name };
            if ((await authorizer.AuthorizeAsync(request.User, ask, ct)).Allowed)
            {
                return null;
            }
        }
        return Statuses.Forbidden(request.GroupResource, request.Name, $"user not permitted to {_verb} requests with signerName \"{signer}\"");
    }

    private static bool Same(JsonValue? a, JsonValue? b) => a is null ? b is null : a.DeepEquals(b);
}
